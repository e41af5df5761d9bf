import { setTimeout as pause } from 'node:timers/promises'
import { isUnavailable } from '../store/unavailable.ts'

/** A restart of PostgreSQL is waited for so long; nothing is delivered meanwhile. Then the reader is told. */
const outageMs = 15_000
const betweenAttemptsMs = 250

/** Takes the step again for as long as PostgreSQL is away. `isLeft`: nobody waits for it any more. */
export async function throughOutage<R>(step: () => Promise<R>, isLeft = () => false): Promise<R> {
  const begun = performance.now()
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if (isLeft() || !isUnavailable(error) || performance.now() - begun > outageMs) throw error
      await pause(betweenAttemptsMs)
    }
  }
}
