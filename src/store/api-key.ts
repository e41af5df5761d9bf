import type pg from 'pg'
import type { Scope } from '../generated/prisma/enums.ts'
import { freeTargets } from './delivery-claim.ts'
import { revokeSecrets } from './secret-succession.ts'

/** What is stored of a secret. */
export interface NewSecret {
  id: string
  hash: Buffer
  prefix: string
  lastFour: string
  /** For how long it may be on its way to a target; see ./secret-succession.ts. */
  pendingMs?: number | null
}

export interface NewApiKey {
  id: string
  environmentId: string
  name: string
  secret: NewSecret
  scopes: readonly Scope[]
  createdBy: string
  expiresAt: Date | null
}

export async function insertApiKey(client: pg.ClientBase, key: NewApiKey): Promise<void> {
  const { secret } = key
  await client.query(
    `INSERT INTO api_key (id, environment_id, name, prefix, last_four, scopes, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6::text[]::"Scope"[], $7, $8)`,
    [key.id, key.environmentId, key.name, secret.prefix, secret.lastFour, key.scopes, key.createdBy, key.expiresAt],
  )
  await insertApiKeySecret(client, key.id, secret)
}

export async function insertApiKeySecret(client: pg.ClientBase, apiKeyId: string, secret: NewSecret): Promise<void> {
  await client.query(
    `INSERT INTO api_key_secret (id, api_key_id, hash, pending_until) VALUES ($1, $2, $3, now() + $4 * interval '1 ms')`,
    [secret.id, apiKeyId, secret.hash, secret.pendingMs ?? null],
  )
}

/** Shows the start and end of the secret that is now the key's newest. */
export async function showSecret(client: pg.ClientBase, apiKeyId: string, { prefix, lastFour }: NewSecret) {
  await client.query('UPDATE api_key SET prefix = $2, last_four = $3 WHERE id = $1', [apiKeyId, prefix, lastFour])
}

export interface LockedApiKey {
  scopes: Scope[]
  revoked: boolean
  expired: boolean
}

/** The key of this environment, under its row lock until the commit; null when it has no such key. */
export async function lockApiKey(
  client: pg.ClientBase,
  environmentId: string,
  apiKeyId: string,
): Promise<LockedApiKey | null> {
  const { rows } = await client.query<LockedApiKey>(
    `SELECT scopes::text[] AS scopes, revoked_at IS NOT NULL AS revoked, COALESCE(expires_at <= now(), false) AS expired
     FROM api_key WHERE id = $1 AND environment_id = $2 FOR UPDATE`,
    [apiKeyId, environmentId],
  )
  return rows[0] ?? null
}

/** Null: it has no end. */
export async function expiryOf(client: pg.Pool | pg.ClientBase, apiKeyId: string): Promise<Date | null> {
  const { rows } = await client.query<{ at: Date | null }>('SELECT expires_at AS at FROM api_key WHERE id = $1', [
    apiKeyId,
  ])
  return rows[0]?.at ?? null
}

/** With all of its secrets, for good; its targets are free again. */
export async function markApiKeyRevoked(client: pg.ClientBase, apiKeyId: string): Promise<void> {
  const succession = { kind: 'API_KEY', of: apiKeyId } as const
  await revokeSecrets(client, succession)
  await client.query('UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [apiKeyId])
  await freeTargets(client, succession)
}
