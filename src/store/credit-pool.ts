import type pg from 'pg'
import { CreditsExhausted } from './errors.ts'
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
  reason: 'CONNECT' | 'DISCONNECT',
  connectionId: string,
  balance: number,
) {
  await client.query(
    `INSERT INTO credit_ledger (id, environment_id, delta, reason, connection_id, balance) VALUES ($1, $2, $3, $4, $5, $6)`,
    [newId(), environmentId, delta, reason, connectionId, balance],
  )
}
