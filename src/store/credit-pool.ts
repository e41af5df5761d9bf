import type pg from 'pg'
import { CreditsExhausted, CreditsInUse } from './errors.ts'
import { newId } from './ids.ts'

/** Takes credits from an environment's pool, under its row lock until the commit. Throws CreditsExhausted. */
export async function takeCredits(client: pg.ClientBase, environmentId: string, cost: number, connectionId: string) {
  const { rows } = await client.query<{ available: number }>(
    `UPDATE environment SET credit_used = credit_used + $2
     WHERE id = $1 AND credit_used + $2 <= credit_total RETURNING credit_total - credit_used AS available`,
    [environmentId, cost],
  )
  const taken = rows[0]
  if (!taken) throw new CreditsExhausted(await availableCredits(client, environmentId))
  await insertEntry(client, environmentId, -cost, 'CONNECT', connectionId, taken.available)
}

export async function returnCredits(client: pg.ClientBase, environmentId: string, cost: number, connectionId: string) {
  const { rows } = await client.query<{ available: number }>(
    `UPDATE environment SET credit_used = credit_used - $2 WHERE id = $1 RETURNING credit_total - credit_used AS available`,
    [environmentId, cost],
  )
  await insertEntry(client, environmentId, cost, 'DISCONNECT', connectionId, rows[0]?.available ?? 0)
}

/** Of an environment that is just made; its row holds the total. */
export async function grantCredits(client: pg.ClientBase, environmentId: string, total: number) {
  if (total > 0) await insertEntry(client, environmentId, total, 'GRANT', null, total)
}

/** Throws CreditsInUse for a total below what is used; null when there is no such environment. */
export async function setTotalCredits(
  client: pg.ClientBase,
  environment: string,
  total: number,
): Promise<{ environmentId: string; delta: number } | null> {
  const { rows } = await client.query<{ id: string; total: number; used: number }>(
    'SELECT id, credit_total AS total, credit_used AS used FROM environment WHERE name = $1 FOR NO KEY UPDATE',
    [environment],
  )
  const pool = rows[0]
  if (!pool) return null
  if (total < pool.used) throw new CreditsInUse(pool.used)
  const delta = total - pool.total
  if (delta !== 0) {
    await client.query('UPDATE environment SET credit_total = $2 WHERE id = $1', [pool.id, total])
    await insertEntry(client, pool.id, delta, delta > 0 ? 'GRANT' : 'REDUCE', null, total - pool.used)
  }
  return { environmentId: pool.id, delta }
}

async function availableCredits(client: pg.ClientBase, environmentId: string): Promise<number> {
  const { rows } = await client.query<{ available: number }>(
    'SELECT credit_total - credit_used AS available FROM environment WHERE id = $1',
    [environmentId],
  )
  return rows[0]?.available ?? 0
}

async function insertEntry(
  client: pg.ClientBase,
  environmentId: string,
  delta: number,
  reason: 'CONNECT' | 'DISCONNECT' | 'GRANT' | 'REDUCE',
  connectionId: string | null,
  balance: number,
) {
  await client.query(
    // when the pool's row is ours, not when the transaction began: entries stand in the order of their balances
    `INSERT INTO credit_ledger (id, environment_id, delta, reason, connection_id, balance, at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())`,
    [newId(), environmentId, delta, reason, connectionId, balance],
  )
}
