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
