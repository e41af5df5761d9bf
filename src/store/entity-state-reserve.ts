import type pg from 'pg'
import { announceNews } from './announce.ts'
import { FenceLost } from './errors.ts'
import type { Writer } from './record-batch.ts'

/**
 * The commit's first lock: reserves n change numbers and adds to the count of live records. It also asks early whether the
 * fence still holds, so that a zombie does not write a batch only to roll it back. Announced with the
 * commit, as a batch may tell of its records by no event. Answers the first number.
 */
export async function reserveChanges(
  client: pg.ClientBase,
  writer: Writer,
  n: number,
  addedRecords: number,
): Promise<bigint> {
  announceNews(client, writer.connectionId)
  const { rows } = await client.query<{ change_seq: string }>({
    name: 'reserve-changes',
    text: `UPDATE entity_state SET change_seq = change_seq + $3, record_count = record_count + $4
           WHERE connection_id = $1 AND entity = $2::"EntityType"
             AND EXISTS (SELECT 1 FROM entity_run WHERE id = $5 AND fence = $6 AND status = 'RUNNING')
           RETURNING change_seq`,
    values: [writer.connectionId, writer.entity, n, addedRecords, writer.entityRunId, writer.fence],
  })
  const row = rows[0]
  if (!row) throw new FenceLost('Another attempt has taken over this entity run, or it has ended.')
  return BigInt(row.change_seq) - BigInt(n) + 1n
}
