import type { Database } from './database.ts'
import type { RunError } from './entity-run-end.ts'
import type { Writer } from './record-batch.ts'

/** Why the attempt failed, for whoever looks while the run waits for the next one, which takes it away. */
export async function noteFailure(db: Database, run: Writer, failure: RunError): Promise<void> {
  await db.pool.query(
    `UPDATE entity_run SET error_category = $3::"SyncErrorCategory", error_code = $4, error_message = $5, error_retryable = $6
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
    [run.entityRunId, run.fence, failure.category, failure.code, failure.message, failure.retryable],
  )
}
