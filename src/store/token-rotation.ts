import type pg from 'pg'
import type { Database } from './database.ts'

/** How a connection's token is rotated by itself; durations are ISO 8601. */
export interface RotationSetting {
  store: string
  name: string
  every: string
  overlap: string
}

/** Call under the gate's lock. A change never puts off what is due, and is tried at once where the setting of before has failed. */
export async function putRotation(
  client: pg.ClientBase,
  connectionId: string,
  { store, name, every, overlap }: RotationSetting,
): Promise<void> {
  await client.query(
    `INSERT INTO token_rotation AS r (connection_id, store, name, every, overlap, due_at, take_at)
     VALUES ($1, $2, $3, $4::text, $5, now() + $4::text::interval, now() + $4::text::interval)
     ON CONFLICT (connection_id) DO UPDATE SET store = excluded.store, name = excluded.name, every = excluded.every, overlap = excluded.overlap,
       due_at = LEAST(r.due_at, excluded.due_at), take_at = LEAST(r.due_at, excluded.due_at), failures = 0, failure = NULL, failed_at = NULL`,
    [connectionId, store, name, every, overlap],
  )
}

/** False when there was none. */
export async function removeRotation(client: pg.ClientBase, connectionId: string): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM token_rotation WHERE connection_id = $1', [connectionId])
  return rowCount === 1
}

export interface DueRotation extends RotationSetting {
  connectionId: string
  /** Tells whether another has rotated it meanwhile: it moves with each success. */
  dueAt: Date
}

/** Takes the rotation that has waited longest, so that no other worker does for a while; null when none is due. */
export async function takeDueRotation({ pool }: Database, forMs: number): Promise<DueRotation | null> {
  const { rows } = await pool.query<DueRotation>(
    `UPDATE token_rotation SET take_at = now() + $1 * interval '1 ms' WHERE connection_id = (
       SELECT connection_id FROM token_rotation WHERE take_at <= now() ORDER BY take_at LIMIT 1 FOR UPDATE SKIP LOCKED
     ) RETURNING connection_id AS "connectionId", store, name, every, overlap, due_at AS "dueAt"`,
    [forMs],
  )
  return rows[0] ?? null
}

/** Part of the transaction that makes the new token current. Due times that were missed meanwhile are not made up for. */
export async function settleRotation(client: pg.ClientBase, { connectionId, dueAt }: DueRotation): Promise<void> {
  await client.query(
    `UPDATE token_rotation SET due_at = now() + every::interval, take_at = now() + every::interval, rotated_at = now(),
       failures = 0, failure = NULL, failed_at = NULL
     WHERE connection_id = $1 AND due_at = $2`,
    [connectionId, dueAt],
  )
}

const firstRetrySeconds = 30
const longestRetrySeconds = 3_600

/** Tried again after 30 s, then after twice as long each time, up to an hour. Nothing is noted where another has rotated it meanwhile. */
export async function noteFailure(
  client: pg.Pool | pg.ClientBase,
  { connectionId, dueAt }: DueRotation,
  failure: string,
): Promise<void> {
  await client.query(
    `UPDATE token_rotation SET failures = failures + 1, failure = $3, failed_at = now(),
       take_at = now() + LEAST($4 * 2 ^ LEAST(failures, 10), $5) * interval '1 second'
     WHERE connection_id = $1 AND due_at = $2`,
    [connectionId, dueAt, failure, firstRetrySeconds, longestRetrySeconds],
  )
}

/** Whoever has just revoked the tokens wants none for now: what is overdue waits for the next due time, as what is not yet due does. */
export async function putOffRotation(client: pg.Pool | pg.ClientBase, connectionId: string): Promise<void> {
  await client.query(
    `UPDATE token_rotation SET due_at = now() + every::interval, take_at = now() + every::interval
     WHERE connection_id = $1 AND due_at <= now()`,
    [connectionId],
  )
}

/** What was written to the target last has ended: due again at once (a column rounds to whole milliseconds), though another may have rotated it meanwhile. */
export async function makeDueAgain(pool: pg.Pool, connectionId: string, failure: string): Promise<void> {
  await pool.query(
    `UPDATE token_rotation SET due_at = LEAST(due_at, now()), take_at = date_trunc('milliseconds', now()), failures = failures + 1, failure = $2, failed_at = now()
     WHERE connection_id = $1`,
    [connectionId, failure],
  )
}
