import type pg from 'pg'
import { announceEndedCredentials } from './announce.ts'

/** What a session was opened with, and ends with. */
export type SessionKey = { ownerKeyId: number } | { apiKeySecretId: string }

export interface NewBrowserSession {
  id: string
  hash: Buffer
  key: SessionKey
  /** For how long at the most. */
  lastsMs: number
}

export interface StoredBrowserSession {
  id: string
  /** Null: it was opened with the owner's key. */
  apiKeySecretId: string | null
  expiresAt: Date
  /** By PostgreSQL's clock: it is too old, or has not been used for too long. */
  expired: boolean
  lastUsedAt: Date
  revokedAt: Date | null
}

/** Makes room as well: rows that nobody can use any more go. */
export async function insertBrowserSession(client: pg.ClientBase, session: NewBrowserSession): Promise<void> {
  const { id, hash, key, lastsMs } = session
  await client.query('DELETE FROM browser_session WHERE expires_at <= now()')
  await client.query(
    `INSERT INTO browser_session (id, hash, owner_key_id, api_key_secret_id, expires_at)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 ms')`,
    [
      id,
      hash,
      'ownerKeyId' in key ? key.ownerKeyId : null,
      'apiKeySecretId' in key ? key.apiKeySecretId : null,
      lastsMs,
    ],
  )
}

export async function findBrowserSession(
  pool: pg.Pool,
  hash: Buffer,
  idleMs: number,
): Promise<StoredBrowserSession | null> {
  const { rows } = await pool.query<StoredBrowserSession>({
    name: 'find-browser-session',
    text: `SELECT id, api_key_secret_id AS "apiKeySecretId", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
                  LEAST(expires_at, last_used_at + $2 * interval '1 ms') <= now() AS expired
           FROM browser_session WHERE hash = $1`,
    values: [hash, idleMs],
  })
  return rows[0] ?? null
}

export interface EndedBrowserSession {
  id: string
  /** Null: the owner's. */
  apiKeyId: string | null
  environmentId: string | null
}

/** Whether there is something to end: neither revoked nor too old. */
export async function isLiveSession(pool: pg.Pool, hash: Buffer): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'is-live-session',
    text: 'SELECT 1 FROM browser_session WHERE hash = $1 AND revoked_at IS NULL AND expires_at > now()',
    values: [hash],
  })
  return rowCount === 1
}

/** Null when there is none, or it had ended before. */
export async function endBrowserSession(client: pg.ClientBase, hash: Buffer): Promise<EndedBrowserSession | null> {
  const { rows } = await client.query<EndedBrowserSession>(
    `WITH ended AS (
       UPDATE browser_session SET revoked_at = now() WHERE hash = $1 AND revoked_at IS NULL RETURNING id, api_key_secret_id
     )
     SELECT ended.id, k.id AS "apiKeyId", k.environment_id AS "environmentId"
     FROM ended LEFT JOIN api_key_secret s ON s.id = ended.api_key_secret_id LEFT JOIN api_key k ON k.id = s.api_key_id`,
    [hash],
  )
  if (rows[0]) announceEndedCredentials(client)
  return rows[0] ?? null
}

/** All that was opened with the same key as one that has ended, whichever of its secrets opened them. */
export async function endSiblingSessions(client: pg.ClientBase, { apiKeyId }: EndedBrowserSession): Promise<void> {
  if (apiKeyId === null) return endOwnerSessions(client)
  announceEndedCredentials(client)
  await client.query(
    `UPDATE browser_session SET revoked_at = now()
     WHERE revoked_at IS NULL AND api_key_secret_id IN (SELECT id FROM api_key_secret WHERE api_key_id = $1)`,
    [apiKeyId],
  )
}

/** All that the owner's key has opened. */
export async function endOwnerSessions(client: pg.ClientBase): Promise<void> {
  announceEndedCredentials(client)
  await client.query(
    'UPDATE browser_session SET revoked_at = now() WHERE owner_key_id IS NOT NULL AND revoked_at IS NULL',
  )
}
