import { entityCodes } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import { FenceLost } from './errors.ts'
import type { Writer } from './record-batch.ts'
import { readInIndexOrder } from './transaction.ts'
import { mostUnstamped, unstamped } from './unstamped.ts'

/**
 * Live records stamped at or after `since`, and those without a stamp, which are in every window; null: all live records. `most`: nearly all of
 * them are expected to be; the others are then counted, which costs next to nothing where there are none. Else answers null where so many have no
 * modified stamp that counting would cost more than the run.
 */
export async function countLive(
  db: Database,
  writer: Writer,
  since: Date | null,
  most: boolean,
): Promise<number | null> {
  const counted = since === null ? 'record_count' : most ? `record_count - (${before})` : within
  const { rows } = await readInIndexOrder(db.pool, (client) =>
    client.query<{ n: number | null }>(
      `SELECT (${counted})::int AS n FROM entity_state WHERE connection_id = $1 AND entity = $2::"EntityType"`,
      [writer.connectionId, writer.entity, ...(since ? [writer.connectionKey, entityCodes[writer.entity], since] : [])],
    ),
  )
  return rows[0] ? rows[0].n : 0
}

// two ranges of the index on the stamp each, which its order stands for: an incremental window is small, its entity may not be
const live = (condition: string) => `SELECT count(*) FROM (
  SELECT FROM record WHERE connection_key = $3 AND entity = $4 AND deleted_at IS NULL AND ${condition} ORDER BY source_updated_at) AS live`
const within = `(${live('source_updated_at >= $5')})
  + (SELECT CASE WHEN count(*) <= ${mostUnstamped}
       THEN count(*) FILTER (WHERE deleted_at IS NULL AND COALESCE(source_created_at, $5) >= $5) END
     FROM (${unstamped('$3', '$4', mostUnstamped + 1)}) AS unstamped)`
const before = `(${live('source_updated_at < $5')}) + (${live('source_updated_at IS NULL AND source_created_at < $5')})`

export interface Completeness {
  sourceCountEnd: number | null
  /** Null: too many to count. */
  heldInWindow: number | null
  /** What the source was asked since the last commit. */
  usage: { requests: number; bytes: number }
}

/** Keeps what a run that has read its window measured. Under the fence. */
export async function keepCompleteness(db: Database, writer: Writer, found: Completeness): Promise<void> {
  const { rowCount } = await db.pool.query(
    `UPDATE entity_run SET source_count_end = $3, held_in_window = $4,
       source_requests = source_requests + $5, source_bytes = source_bytes + $6
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
    [
      writer.entityRunId,
      writer.fence,
      found.sourceCountEnd,
      found.heldInWindow,
      found.usage.requests,
      found.usage.bytes,
    ],
  )
  if (rowCount !== 1) throw new FenceLost('Another attempt has taken over this entity run, or it has ended.')
}
