import type pg from 'pg'
import type { Scope } from '../generated/prisma/enums.ts'

export interface NewApiKey {
  id: string
  environmentId: string
  name: string
  hash: Buffer
  prefix: string
  lastFour: string
  scopes: readonly Scope[]
  createdBy: string
  expiresAt: Date | null
}

export async function insertApiKey(client: pg.ClientBase, key: NewApiKey): Promise<void> {
  await client.query(
    `INSERT INTO api_key (id, environment_id, name, hash, prefix, last_four, scopes, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7::text[]::"Scope"[], $8, $9)`,
    [key.id, key.environmentId, key.name, key.hash, key.prefix, key.lastFour, key.scopes, key.createdBy, key.expiresAt],
  )
}

export async function revokeStoredApiKey(
  client: pg.ClientBase,
  environmentId: string,
  apiKeyId: string,
): Promise<'REVOKED' | 'REVOKED_BEFORE' | 'UNKNOWN'> {
  const { rows } = await client.query<{ revoked_at: Date | null }>(
    'SELECT revoked_at FROM api_key WHERE id = $1 AND environment_id = $2 FOR UPDATE',
    [apiKeyId, environmentId],
  )
  const key = rows[0]
  if (!key) return 'UNKNOWN'
  if (key.revoked_at) return 'REVOKED_BEFORE'
  await client.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [apiKeyId])
  return 'REVOKED'
}
