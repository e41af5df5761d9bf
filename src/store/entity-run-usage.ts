import type { Database } from './database.ts'
import type { Writer } from './record-batch.ts'

/** Counts what an attempt has asked of its source and committed nothing with. Under the fence, also once the run is being canceled; else it counts nothing. */
export async function countUsage(
  db: Database,
  writer: Writer,
  usage: { requests: number; bytes: number },
): Promise<void> {
  if (usage.requests === 0) return
  await db.pool.query(
    `UPDATE entity_run SET source_requests = source_requests + $3, source_bytes = source_bytes + $4
     WHERE id = $1 AND fence = $2 AND status IN ('RUNNING', 'CANCELING')`,
    [writer.entityRunId, writer.fence, usage.requests, usage.bytes],
  )
}
