import type { SourceGate } from './gate.ts'

/** A reader that has nothing under way for so long waits for its source, not for us. */
const idleAfterMs = 1_000

/**
 * A gate for one reader that tells when all of its requests wait for their turn: onIdle is called then, and its answer when one may go out, or has
 * been given up.
 */
export function watchGate(gate: SourceGate, onIdle: () => () => void): SourceGate {
  let waiting = 0
  let inFlight = 0
  let timer: NodeJS.Timeout | undefined
  let resume: (() => void) | undefined

  function look() {
    if (waiting > 0 && inFlight === 0) {
      timer ??= setTimeout(() => {
        resume = onIdle()
      }, idleAfterMs)
      return
    }
    clearTimeout(timer)
    timer = undefined
    resume?.()
    resume = undefined
  }

  return {
    async acquire(signal) {
      waiting += 1
      look()
      try {
        const release = await gate.acquire(signal)
        inFlight += 1
        return () => {
          release()
          inFlight -= 1
          look()
        }
      } finally {
        waiting -= 1
        look()
      }
    },
    throttled: (retryAfterMs) => gate.throttled(retryAfterMs),
  }
}
