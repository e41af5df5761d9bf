import { setTimeout as pause } from 'node:timers/promises'
import { isUnavailable } from '../store/unavailable.ts'

/** A restart of PostgreSQL is waited for so long; nothing is delivered meanwhile. Then the reader is told. */
const outageMs = 15_000
const betweenAttemptsMs = 250

/** How long a reader still waits for PostgreSQL: in all steps to its next message together. */
export class Patience {
  readonly #most: number
  #left: number

  constructor(most = outageMs) {
    this.#most = most
    this.#left = most
  }

  /** The reader has its message, or there was none for it. */
  renew() {
    this.#left = this.#most
  }

  /** Takes the step again for as long as PostgreSQL is away. `isLeft`: nobody waits for it any more. */
  async through<R>(step: () => Promise<R>, isLeft = () => false): Promise<R> {
    const begun = performance.now()
    const left = () => this.#left - (performance.now() - begun)
    try {
      return await step()
    } catch (error) {
      let met = error
      while (!isLeft() && isUnavailable(met) && left() > 0) {
        await pause(Math.min(betweenAttemptsMs, left()))
        try {
          const result = await orFail(step(), left(), met)
          this.#left = left()
          return result
        } catch (again) {
          met = again
        }
      }
      this.#left = Math.max(left(), 0)
      throw met
    }
  }
}

/** Where PostgreSQL hangs an attempt may take longer than anybody waits for it. */
async function orFail<R>(attempt: Promise<R>, milliseconds: number, error: unknown): Promise<R> {
  const settled = new AbortController()
  const late = pause(milliseconds, undefined, { signal: settled.signal }).then(() => {
    throw error
  })
  try {
    return await Promise.race([attempt, late])
  } finally {
    settled.abort()
  }
}
