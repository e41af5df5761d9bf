import type pg from 'pg'
import type { ConnectionStatus, EnvironmentKind, Scope } from '../generated/prisma/enums.ts'

interface StoredCredential {
  id: string
  environmentId: string
  environmentName: string
  expiresAt: Date | null
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

export async function findApiKey(pool: pg.Pool, hash: Buffer): Promise<StoredApiKey | null> {
  const { rows } = await pool.query<StoredApiKey>({
    name: 'find-api-key',
    text: `SELECT k.id, k.environment_id AS "environmentId", e.name AS "environmentName", k.scopes::text[] AS scopes,
                  k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt", k.revoked_at AS "revokedAt"
           FROM api_key k JOIN environment e ON e.id = k.environment_id WHERE k.hash = $1`,
    values: [hash],
  })
  return rows[0] ?? null
}

export async function findConnectionToken(pool: pg.Pool, hash: Buffer): Promise<StoredConnectionToken | null> {
  const { rows } = await pool.query<StoredConnectionToken>({
    name: 'find-connection-token',
    text: `SELECT t.id, c.environment_id AS "environmentId", e.name AS "environmentName", t.connection_id AS "connectionId",
                  g.status AS "connectionStatus", t.expires_at AS "expiresAt", t.last_used_at AS "lastUsedAt", t.revoked_at AS "revokedAt"
           FROM connection_token t
           JOIN connection c ON c.id = t.connection_id
           JOIN connection_gate g ON g.connection_id = t.connection_id
           JOIN environment e ON e.id = c.environment_id
           WHERE t.hash = $1`,
    values: [hash],
  })
  return rows[0] ?? null
}

/** Notes that a credential was used, at most once a minute. */
export async function markUsed(pool: pg.Pool, table: 'api_key' | 'connection_token', id: string): Promise<void> {
  await pool.query(
    `UPDATE ${table} SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
    [id],
  )
}

export interface StoredEnvironment {
  id: string
  kind: EnvironmentKind
}

export async function findEnvironment(pool: pg.Pool, name: string): Promise<StoredEnvironment | null> {
  const { rows } = await pool.query<StoredEnvironment>('SELECT id, kind FROM environment WHERE name = $1', [name])
  return rows[0] ?? null
}
