import type { SourceGate } from './gate.ts'

/** A reader that has nothing under way for so long waits for its source, not for us. */
const idleAfterMs = 1_000

const never = new AbortController().signal

/** Called before a request of a reader that was idle goes out: resolves when it may. Rejects with the signal's reason. */
export type Resume = (signal: AbortSignal) => Promise<void>

/**
 * A gate for one reader that tells when all of its requests wait for their turn: onIdle is called then, and its answer before the next request goes
 * out, or when all were given up.
 */
export function watchGate(gate: SourceGate, onIdle: () => Resume): SourceGate {
  let waiting = 0
  let inFlight = 0
  let timer: NodeJS.Timeout | undefined
  let resume: Resume | undefined
  let resuming: Promise<void> | undefined

  function look() {
    clearTimeout(timer)
    // given up, all of them: the reader goes on with what it has
    if (waiting === 0 && inFlight === 0 && resume) void resumed(never)
    if (waiting === 0 || inFlight > 0 || resume) return
    timer = setTimeout(() => {
      resume = onIdle()
    }, idleAfterMs)
  }

  /** Once for all requests that come together; where the one that asked is given up, another asks. */
  async function resumed(signal: AbortSignal) {
    while (resume) {
      resuming ??= resume(signal)
        .then(() => {
          resume = undefined
        })
        .finally(() => {
          resuming = undefined
        })
      await resuming.catch(() => signal.throwIfAborted())
    }
  }

  return {
    async acquire(signal) {
      waiting += 1
      look()
      try {
        const release = await gate.acquire(signal)
        try {
          await resumed(signal)
        } catch (error) {
          release()
          throw error
        }
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
