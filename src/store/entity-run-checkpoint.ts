import type { Database } from './database.ts'
import { advanceEntityRun } from './entity-run-advance.ts'
import { reserveEvents } from './event-append.ts'
import type { Writer } from './record-batch.ts'
import { transaction } from './transaction.ts'

/** The change of a run that counts no records. */
export const noCounts = { fetched: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 }

/** Keeps where a run stands between two batches. Under the fence; throws FenceLost or ConnectionGone. */
export async function keepCheckpoint(
  db: Database,
  writer: Writer,
  { advanced, ...at }: { checkpoint: unknown; usage: { requests: number; bytes: number }; advanced: boolean },
): Promise<void> {
  await transaction(db, async (client) => {
    await reserveEvents(client, writer.connectionId, 0)
    await advanceEntityRun(client, writer, {
      ...at,
      counts: noCounts,
      maxStamp: null,
      estimatedTotal: null,
      progressed: advanced,
    })
  })
}
