import type { Logger } from '../log.ts'
import { isAway } from '../temporal/away.ts'

/** Whoever mends waits for PostgreSQL or Temporal most of the time. */
const atOnce = 5

type Items<T> = Iterable<T> | AsyncIterable<T>

export interface MendingRound {
  /** Throws where Temporal is away. Returns early where the process stops. */
  each<T>(items: Items<T>, mend: (item: T) => Promise<void>, failed: (item: T) => [object, string]): Promise<void>
}

/**
 * One round over what has to be mended, some at once. What fails is told and left to the next round, and keeps no other from being mended. But where
 * Temporal has answered none of as many as are mended at once, it answers nobody: then the round ends.
 */
export function createMendingRound(log: Logger, stopping: AbortSignal): MendingRound {
  let unanswered = 0
  let away: unknown = null

  async function attempt<T>(item: T, mend: (item: T) => Promise<void>, failed: (item: T) => [object, string]) {
    try {
      await mend(item)
      unanswered = 0
    } catch (err) {
      const [about, what] = failed(item)
      log.warn({ err, ...about }, `${what}; the next round tries again`)
      unanswered = isAway(err) ? unanswered + 1 : 0
      if (unanswered >= atOnce) away = err
    }
  }

  return {
    async each(items, mend, failed) {
      const rest = inTurn(items)
      async function takeTurns() {
        while (!stopping.aborted && away === null) {
          const next = await rest.next()
          if (next.done) return
          await attempt(next.value, mend, failed)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, takeTurns))
      await rest.return()
      if (away !== null) throw away
    },
  }
}

async function* inTurn<T>(items: Items<T>): AsyncGenerator<T, void> {
  yield* items
}
