import type pg from 'pg'
import { announceEndedCredentials } from './announce.ts'

/**
 * How secrets of one API key or one connection follow each other. A new one stands beside the old ones at once; it becomes current when its caller
 * has it, and only then do the old ones begin to end. One that is on its way to a target is pending: it works already, since whoever finds it at the
 * target may use it, and nobody else can know it.
 *
 * Call each under the lock of what the secrets belong to (the key's row, the connection's gate).
 */
export interface Succession {
  kind: keyof typeof tables
  /** The API key's or the connection's id. */
  of: string
}

const tables = {
  API_KEY: { table: 'api_key_secret', owner: 'api_key_id' },
  CONNECTION: { table: 'connection_token', owner: 'connection_id' },
} as const

/** Whether a secret is on its way to its target right now: a second one could reach the target first, and would be written over. */
export async function isBeingDelivered(client: pg.ClientBase, { kind, of }: Succession): Promise<boolean> {
  const { table, owner } = tables[kind]
  const { rowCount } = await client.query(
    `SELECT 1 FROM ${table} WHERE ${owner} = $1 AND revoked_at IS NULL AND pending_until > now() LIMIT 1`,
    [of],
  )
  return rowCount !== 0
}

/** What became of the delivery of the secret that was made with its owner. It is under way until that is settled, however late: till then it works. */
export async function firstDelivery(
  pool: pg.Pool,
  { kind, of }: Succession,
): Promise<'UNDER_WAY' | 'DELIVERED' | 'FAILED'> {
  const { table, owner } = tables[kind]
  const { rows } = await pool.query<{ delivery: 'UNDER_WAY' | 'DELIVERED' | 'FAILED' }>(
    `SELECT CASE WHEN pending_until IS NULL THEN 'DELIVERED' WHEN revoked_at IS NULL AND expires_at IS NULL THEN 'UNDER_WAY'
       ELSE 'FAILED' END AS delivery FROM ${table} WHERE ${owner} = $1 ORDER BY created_at, id LIMIT 1`,
    [of],
  )
  return rows[0]?.delivery ?? 'FAILED'
}

export type Standing = 'PENDING' | 'CURRENT' | 'REVOKED' | 'FOLLOWED'

export async function standingOf(client: pg.ClientBase, { kind }: Succession, secretId: string): Promise<Standing> {
  const { rows } = await client.query<{ standing: Standing }>(
    `SELECT CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED' WHEN expires_at IS NOT NULL THEN 'FOLLOWED'
       WHEN pending_until IS NOT NULL THEN 'PENDING' ELSE 'CURRENT' END AS standing FROM ${tables[kind].table} WHERE id = $1`,
    [secretId],
  )
  return rows[0]?.standing ?? 'REVOKED'
}

/** Whether it was revoked or followed by another while it was on its way: it will never be current. */
export const isOvertaken = (standing: Standing): standing is 'REVOKED' | 'FOLLOWED' =>
  standing === 'REVOKED' || standing === 'FOLLOWED'

/** Answers how it stood: PENDING is current now; one that was CURRENT had been made so by a commit whose answer was lost. */
export async function makeCurrent(client: pg.ClientBase, succession: Succession, secretId: string): Promise<Standing> {
  const standing = await standingOf(client, succession, secretId)
  if (standing === 'PENDING')
    await client.query(`UPDATE ${tables[succession.kind].table} SET pending_until = NULL WHERE id = $1`, [secretId])
  return standing
}

/** Ends all others when the overlap is over, none of them later than it would have. Answers when that is. */
export async function retireOthers(
  client: pg.ClientBase,
  { kind, of }: Succession,
  currentId: string,
  overlapMs: number,
): Promise<Date> {
  const { table, owner } = tables[kind]
  // cut to the column's milliseconds: rounded up, an overlap of none would last half of one
  const { rows } = await client.query<{ ends: Date }>(
    `SELECT date_trunc('milliseconds', now()) + $1 * interval '1 ms' AS ends`,
    [overlapMs],
  )
  const ends = rows[0]?.ends ?? new Date()
  announceEndedCredentials(client)
  await client.query(
    `UPDATE ${table} SET expires_at = LEAST(expires_at, $3) WHERE ${owner} = $1 AND id <> $2 AND revoked_at IS NULL`,
    [of, currentId, ends],
  )
  return ends
}

const alive = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())'

/** One alone. False when it does not work any more anyway. */
export async function revokeSecret(client: pg.ClientBase, { kind }: Succession, secretId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE ${tables[kind].table} SET revoked_at = now() WHERE id = $1 AND ${alive}`,
    [secretId],
  )
  if (rowCount === 1) announceEndedCredentials(client)
  return rowCount === 1
}

/** The newest and all that still overlap with it. Answers how many there were to revoke. */
export async function revokeSecrets(client: pg.ClientBase, { kind, of }: Succession): Promise<number> {
  const { table, owner } = tables[kind]
  const { rowCount } = await client.query(`UPDATE ${table} SET revoked_at = now() WHERE ${owner} = $1 AND ${alive}`, [
    of,
  ])
  if (rowCount) announceEndedCredentials(client)
  return rowCount ?? 0
}

export async function hasLiveSecret(client: pg.ClientBase, { kind, of }: Succession): Promise<boolean> {
  const { table, owner } = tables[kind]
  const { rowCount } = await client.query(`SELECT 1 FROM ${table} WHERE ${owner} = $1 AND ${alive} LIMIT 1`, [of])
  return rowCount !== 0
}

/** Whose secret this is, whether it still works or not; null when it was never issued. */
export async function findSecret(
  client: pg.Pool | pg.ClientBase,
  hash: Buffer,
): Promise<(Succession & { secretId: string; environmentId: string }) | null> {
  const { rows } = await client.query<Succession & { secretId: string; environmentId: string }>(
    `SELECT 'API_KEY' AS kind, k.id AS of, s.id AS "secretId", k.environment_id AS "environmentId"
     FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id WHERE s.hash = $1
     UNION ALL
     SELECT 'CONNECTION', c.id, t.id, c.environment_id
     FROM connection_token t JOIN connection c ON c.id = t.connection_id WHERE t.hash = $1`,
    [hash],
  )
  return rows[0] ?? null
}
