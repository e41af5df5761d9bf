import type pg from 'pg'
import { FenceLost } from './errors.ts'
import { countColumns, type Counts } from './event-append.ts'
import type { Writer } from './record-batch.ts'

export interface Advance {
  /** Added to the run's counts. */
  counts: Omit<Counts, 'deleted' | 'heldDeletes'> & { deleted?: number; heldDeletes?: number }
  /** Added likewise: source pages, and records at the window's lower edge that came again unchanged. */
  pages?: number
  overlapHits?: number
  /** Of the rejected, those whose key could not be read. */
  keyless?: number
  checkpoint: unknown
  maxStamp: Date | null
  estimatedTotal: number | null
  usage: { requests: number; bytes: number }
  /** Whether patience counts anew from here. */
  progressed: boolean
}

/** A look, without a lock, in the middle of a long transaction: whether the run may still write. */
export async function checkFence(client: pg.ClientBase, { entityRunId, fence }: Writer): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM entity_run WHERE id = $1 AND fence = $2 AND status = 'RUNNING'`,
    [entityRunId, fence],
  )
  if (rowCount !== 1) throw overtaken()
}

const overtaken = () => new FenceLost('Another attempt has taken over this entity run, or it has ended.')

/** The commit's last lock: moves the entity run on, if its fence still holds. Answers the run's totals. */
export async function advanceEntityRun(client: pg.ClientBase, writer: Writer, advance: Advance): Promise<Counts> {
  const { counts } = advance
  const { rows } = await client.query<Counts>({
    name: 'advance-entity-run',
    text: `UPDATE entity_run SET
             checkpoint = $3::jsonb,
             max_stamp = GREATEST(max_stamp, $4),
             fetched = fetched + $5, created = created + $6, updated = updated + $7, unchanged = unchanged + $8,
             rejected = rejected + $9, deleted = deleted + $10, held_deletes = held_deletes + $11,
             estimated_total = COALESCE($12, estimated_total),
             source_requests = source_requests + $13, source_bytes = source_bytes + $14,
             progress_at = CASE WHEN $15 THEN now() ELSE progress_at END,
             pages = pages + $16, overlap_hits = overlap_hits + $17,
             rejected_keyless = rejected_keyless + $18
           WHERE id = $1 AND fence = $2 AND status = 'RUNNING'
           RETURNING ${countColumns}`,
    values: [
      writer.entityRunId,
      writer.fence,
      JSON.stringify(advance.checkpoint),
      advance.maxStamp,
      counts.fetched,
      counts.created,
      counts.updated,
      counts.unchanged,
      counts.rejected,
      counts.deleted ?? 0,
      counts.heldDeletes ?? 0,
      advance.estimatedTotal,
      advance.usage.requests,
      advance.usage.bytes,
      advance.progressed,
      advance.pages ?? 0,
      advance.overlapHits ?? 0,
      advance.keyless ?? 0,
    ],
  })
  const row = rows[0]
  if (!row) throw overtaken()
  return row
}
