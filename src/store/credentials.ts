import type pg from 'pg'
import type { ConnectionStatus, EnvironmentKind, Scope } from '../generated/prisma/enums.ts'

interface StoredCredential {
  id: string
  environmentId: string
  environmentName: string
  expiresAt: Date | null
  /** By PostgreSQL's clock, which also wrote when an overlap ends: one that ended at once is over for every process, whatever its clock says. */
  expired: boolean
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export interface StoredApiKey extends StoredCredential {
  scopes: Scope[]
}

export interface StoredConnectionToken extends StoredCredential {
  connectionId: string
  connectionStatus: ConnectionStatus
}

/** By the hash of what was presented, or by the id of the secret that opened a session. */
export async function findApiKey(
  pool: pg.Pool,
  by: { hash: Buffer } | { secretId: string },
): Promise<StoredApiKey | null> {
  const [column, value] = 'hash' in by ? ['hash', by.hash] : ['id', by.secretId]
  const { rows } = await pool.query<StoredApiKey>({
    name: `find-api-key-by-${column}`,
    text: `SELECT k.id, k.environment_id AS "environmentId", e.name AS "environmentName", k.scopes::text[] AS scopes,
                  LEAST(k.expires_at, s.expires_at) AS "expiresAt", COALESCE(LEAST(k.expires_at, s.expires_at) <= now(), false) AS expired,
                  k.last_used_at AS "lastUsedAt", COALESCE(k.revoked_at, s.revoked_at) AS "revokedAt"
           FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id JOIN environment e ON e.id = k.environment_id
           WHERE s.${column} = $1`,
    values: [value],
  })
  return rows[0] ?? null
}

export async function findConnectionToken(pool: pg.Pool, hash: Buffer): Promise<StoredConnectionToken | null> {
  const { rows } = await pool.query<StoredConnectionToken>({
    name: 'find-connection-token',
    text: `SELECT t.id, c.environment_id AS "environmentId", e.name AS "environmentName", t.connection_id AS "connectionId",
                  g.status AS "connectionStatus", t.expires_at AS "expiresAt", COALESCE(t.expires_at <= now(), false) AS expired, t.last_used_at AS "lastUsedAt", t.revoked_at AS "revokedAt"
           FROM connection_token t
           JOIN connection c ON c.id = t.connection_id
           JOIN connection_gate g ON g.connection_id = t.connection_id
           JOIN environment e ON e.id = c.environment_id
           WHERE t.hash = $1`,
    values: [hash],
  })
  return rows[0] ?? null
}

export type NotedUse = 'api_key' | 'connection_token' | 'browser_session'

/** Notes that credentials were used, of each at most once a minute. */
export async function markUsed(pool: pg.Pool, table: NotedUse, ids: readonly string[]): Promise<void> {
  // in one order everywhere: two processes that note the same would wait for each other for ever
  await pool.query(
    `UPDATE ${table} SET last_used_at = now() WHERE id IN (
       SELECT id FROM ${table} WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
       ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [ids],
  )
}

export interface StoredEnvironment {
  id: string
  name: string
  kind: EnvironmentKind
}

/** Of an id that another row names. */
export async function environmentOf(pool: pg.Pool, environmentId: string): Promise<StoredEnvironment> {
  const { rows } = await pool.query<StoredEnvironment>('SELECT id, name, kind FROM environment WHERE id = $1', [
    environmentId,
  ])
  const row = rows[0]
  if (!row) throw new Error(`environment ${environmentId} does not exist`)
  return row
}

export async function findEnvironment(pool: pg.Pool, name: string): Promise<StoredEnvironment | null> {
  const { rows } = await pool.query<StoredEnvironment>('SELECT id, name, kind FROM environment WHERE name = $1', [name])
  return rows[0] ?? null
}
