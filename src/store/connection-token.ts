import type pg from 'pg'
import type { NewSecret } from './api-key.ts'

export async function insertConnectionToken(
  client: pg.ClientBase,
  connectionId: string,
  token: NewSecret,
): Promise<void> {
  await client.query(
    `INSERT INTO connection_token (id, connection_id, hash, prefix, last_four, pending_until)
     VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')`,
    [token.id, connectionId, token.hash, token.prefix, token.lastFour, token.pendingMs ?? null],
  )
}

/** Whether the token that a connection was made with ever became current: not when it could not be delivered. */
export async function wasDelivered(pool: pg.Pool, connectionId: string): Promise<boolean> {
  const { rows } = await pool.query<{ delivered: boolean }>(
    `SELECT pending_until IS NULL AS delivered FROM connection_token WHERE connection_id = $1 ORDER BY created_at, id LIMIT 1`,
    [connectionId],
  )
  return rows[0]?.delivered ?? false
}
