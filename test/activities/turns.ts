import { setMaxListeners } from 'node:events'
import { setImmediate as others } from 'node:timers/promises'

export interface TurnOptions {
  /** Which of those who wait goes on next: one choice after the other, over and over. */
  choices: readonly number[]
  /** True where nobody outside of this process owes an answer; else it waits for one, and answers false. */
  isIdle(): Promise<boolean>
}

export interface Turns {
  /** Settles when it is the caller's turn: never once it is unwanted, but fails at once when the signal aborts. */
  take(caller: { signal?: AbortSignal; unwanted?: AbortSignal }): Promise<void>
  /** Gives turns until the work has ended; throws where it waits for nothing that could come. */
  until<T>(work: Promise<T>): Promise<T>
}

/** So many looks in a row that find nobody at work say that all wait. */
const looks = 4

/**
 * Lets one caller at a time go on, and the next when nothing moves any more. What happens in which order is so chosen, not left to the machine; and a
 * hang shows at once, however slow that is: work that has not ended while nobody waits for a turn never will.
 */
export function createTurns({ choices, isIdle }: TurnOptions): Turns {
  let waiting: (() => void)[] = []
  let given = 0

  const stopWaiting = (goOn: () => void) => {
    waiting = waiting.filter((it) => it !== goOn)
  }

  async function quiet() {
    for (let still = 0; still < looks; still++) {
      await others()
      if (!(await isIdle())) still = -1
    }
  }

  return {
    async take({ signal, unwanted }) {
      signal?.throwIfAborted()
      if (signal) setMaxListeners(0, signal) // what nobody wants listens to the end
      let goOn = () => {}
      let giveUp = () => {}
      const forget = () => stopWaiting(goOn)
      try {
        await new Promise<void>((resolve, reject) => {
          goOn = resolve
          giveUp = () => reject(signal?.reason)
          if (!unwanted?.aborted) waiting.push(goOn)
          signal?.addEventListener('abort', giveUp)
          unwanted?.addEventListener('abort', forget)
        })
      } finally {
        stopWaiting(goOn)
        signal?.removeEventListener('abort', giveUp)
        unwanted?.removeEventListener('abort', forget)
      }
    },
    async until(work) {
      let ended = false
      const end = () => {
        ended = true
      }
      work.then(end, end)
      for (;;) {
        await quiet()
        if (ended) return work
        const choice = choices[given++ % choices.length] ?? 0
        const goOn = waiting[choice % waiting.length]
        if (!goOn) throw new Error('it hangs: it has not ended, and nothing that it could wait for is under way')
        stopWaiting(goOn)
        goOn()
      }
    },
  }
}
