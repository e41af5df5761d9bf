import type { Logger } from '../log.ts'
import type { Database } from '../store/database.ts'
import { loadedPartition, pagesOf, settlePartition } from '../store/settle-partition.ts'

/** What a bulk load leaves to be done in the tables, behind the back of everybody: see docs/decisions/0054. */
export interface Settling {
  /** To be told when an entity run has ended. Answers at once; nothing waits for what follows, and nothing depends on it. */
  ended(entityRunId: string): void
}

/** One partition at a time. At the signal it ends, and nothing more begins. */
export function createSettling({ db, log, signal }: { db: Database; log: Logger; signal: AbortSignal }): Settling {
  let last: Promise<void> = Promise.resolve()
  let failing = false
  const stuck = new Map<string, number>()

  async function settle(entityRunId: string) {
    if (signal.aborted) return
    try {
      const partition = await loadedPartition(db, entityRunId, stuck)
      if (partition === null || signal.aborted) return
      await settlePartition(db, partition, signal)
      stuck.set(partition, (await pagesOf(db, partition)).unsettled)
      failing = false
    } catch (err) {
      if (!failing && !signal.aborted) log.warn({ err }, whatToDo)
      failing = true
    }
  }

  return {
    ended(entityRunId) {
      last = last.then(() => settle(entityRunId))
    },
  }
}

const whatToDo =
  'A partition of records could not be vacuumed and analyzed after a bulk load; autovacuum does it later, and until then reading it is slower. ' +
  'If this stays so, check that the role of DATABASE_URL owns the tables or has the privilege MAINTAIN on them.'
