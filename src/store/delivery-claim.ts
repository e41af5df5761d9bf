import type pg from 'pg'
import type { Succession } from './secret-succession.ts'

/** A target as its store tells it from others: a name that is folded where case makes no difference. */
export interface ClaimedTarget {
  store: string
  name: string
}

/**
 * Claims a target for the tokens of one connection or key, from before the first is written there. Answers whose it is: the same where it was free
 * or theirs already. Call under the lock of what the tokens belong to, and after the credit pool's.
 */
export async function claimTarget(
  client: pg.ClientBase,
  { store, name }: ClaimedTarget,
  { kind, of }: Succession,
): Promise<Succession> {
  // nobody revokes a key that has run out
  await client.query(
    `DELETE FROM delivery_claim c USING api_key k WHERE c.store = $1 AND c.name = $2 AND k.id = c.api_key_id AND k.expires_at <= now()`,
    [store, name],
  )
  const { rows } = await client.query<Succession>(
    `INSERT INTO delivery_claim AS c (store, name, connection_id, api_key_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (store, name) DO UPDATE SET name = c.name
     RETURNING CASE WHEN c.connection_id IS NULL THEN 'API_KEY' ELSE 'CONNECTION' END AS kind, COALESCE(c.connection_id, c.api_key_id) AS of`,
    [store, name, kind === 'CONNECTION' ? of : null, kind === 'API_KEY' ? of : null],
  )
  const [owner] = rows
  if (!owner) throw new Error('a claim that was made is not there')
  return owner
}

/** When no token of theirs works any more. A target into which one is rotated stays claimed until the rotation has gone. */
export async function freeTargets(client: pg.ClientBase, { kind, of }: Succession): Promise<void> {
  const owner = kind === 'CONNECTION' ? 'connection_id' : 'api_key_id'
  await client.query(
    `DELETE FROM delivery_claim c WHERE ${owner} = $1 AND NOT EXISTS (
       SELECT 1 FROM token_rotation r WHERE r.connection_id = c.connection_id AND r.store = c.store AND lower(r.name) = lower(c.name))`,
    [of],
  )
}
