import type pg from 'pg'
import { entityCodes } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import type { Writer } from './record-batch.ts'
import type { ArrivedRow } from './record-row.ts'

/** A record that could not be mapped. */
export interface Rejection {
  externalId: string
  /** Our own words: which field, and what is wrong with it. */
  reason: string
  raw: string
  /** The record has come well behind this, in the same page or batch: counted, and not listed. */
  superseded?: boolean
}

/** A record whose key could not be read stands under a hash of its text. */
export const isKeyless = ({ externalId }: Rejection) => externalId.startsWith('?')

/** Bytes of a payload that are kept. */
const longestPayload = 64 * 1024
/** Rejected records that are kept of one entity of a connection; the run's counts tell how many there were. */
const mostKept = 10_000

/** Keeps what was rejected, and forgets what has now arrived well; of a record that has come both ways the last counts. */
export async function keepRejected(
  client: pg.ClientBase,
  writer: Writer,
  rejected: readonly Rejection[],
  arrived: readonly ArrivedRow[],
  now: Date,
) {
  const entity = entityCodes[writer.entity]
  if (arrived.length > 0) {
    await client.query({
      name: 'forget-rejected',
      text: `DELETE FROM rejected_record WHERE connection_key = $1 AND entity = $2 AND external_id = ANY($3)
             AND EXISTS (SELECT 1 FROM rejected_record WHERE connection_key = $1 AND entity = $2)`,
      values: [writer.connectionKey, entity, arrived.map((row) => row.externalId)],
    })
  }
  const latest = new Map(rejected.map((rejection) => [rejection.externalId, rejection]))
  const last = [...latest.values()].filter((rejection) => !rejection.superseded)
  if (last.length === 0) return
  await client.query(
    `INSERT INTO rejected_record (connection_key, entity, external_id, entity_run_id, reason, raw, rejected_at)
     SELECT $1, $2, u.id, $3, u.reason, u.raw, $4 FROM unnest($5::text[], $6::text[], $7::text[]) AS u(id, reason, raw)
     ON CONFLICT (connection_key, entity, external_id) DO UPDATE SET
       entity_run_id = excluded.entity_run_id, reason = excluded.reason, raw = excluded.raw, rejected_at = excluded.rejected_at`,
    [
      writer.connectionKey,
      entity,
      writer.entityRunId,
      now,
      last.map((rejection) => rejection.externalId),
      last.map((rejection) => rejection.reason),
      last.map((rejection) => cut(rejection.raw)),
    ],
  )
  await client.query(
    // by row address: without statistics a join by key is planned quadratic
    `DELETE FROM rejected_record WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM rejected_record WHERE connection_key = $1 AND entity = $2
       ORDER BY rejected_at DESC, external_id OFFSET $3))`,
    [writer.connectionKey, entity, mostKept],
  )
}

/** Whether a run has met records whose key could not be read, also where none of them is kept any more. */
export async function hasRejectedWithoutKey(db: Database, entityRunId: string): Promise<boolean> {
  const { rows } = await db.pool.query<{ has: boolean }>(
    'SELECT rejected_keyless > 0 AS has FROM entity_run WHERE id = $1',
    [entityRunId],
  )
  return rows[0]?.has ?? false
}

function cut(raw: string): string {
  const bytes = Buffer.from(raw)
  if (bytes.length <= longestPayload) return raw
  let end = longestPayload
  // not in the middle of a character
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return `${bytes.toString('utf8', 0, end)}\n[cut by Syncline: the first ${end} of ${bytes.length} bytes]`
}
