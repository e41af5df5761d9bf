import type pg from 'pg'
import type { Database } from './database.ts'

export interface IdempotencyScope {
  environmentId: string
  caller: string
  operation: string
  key: string
}

/** What an earlier call under this key made; null when there was none in the last 7 days. */
export async function findIdempotent(
  client: pg.Pool | pg.ClientBase,
  scope: IdempotencyScope,
): Promise<{ inputHash: Buffer; result: unknown } | null> {
  const { rows } = await client.query<{ inputHash: Buffer; result: unknown }>(
    `SELECT input_hash AS "inputHash", result FROM idempotency_key
     WHERE environment_id = $1 AND caller = $2 AND operation = $3 AND key = $4 AND created_at > now() - interval '7 days'`,
    [scope.environmentId, scope.caller, scope.operation, scope.key],
  )
  return rows[0] ?? null
}

/** Forgets keys that are no longer honoured, a bounded number at a time. */
export async function pruneIdempotent(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM idempotency_key WHERE ctid IN (
       SELECT ctid FROM idempotency_key WHERE created_at <= now() - interval '7 days' LIMIT 5000)`,
  )
}

/**
 * Keeps what a call made, in the call's own transaction. Two calls at once with one key: the second waits for the first and then violates
 * the key, so that only one of them commits.
 */
export async function keepIdempotent(
  client: pg.ClientBase,
  scope: IdempotencyScope,
  inputHash: Buffer,
  result: unknown,
) {
  await client.query(
    `DELETE FROM idempotency_key WHERE environment_id = $1 AND caller = $2 AND operation = $3 AND key = $4
     AND created_at <= now() - interval '7 days'`,
    [scope.environmentId, scope.caller, scope.operation, scope.key],
  )
  await client.query(
    `INSERT INTO idempotency_key (environment_id, caller, operation, key, input_hash, result) VALUES ($1, $2, $3, $4, $5, $6)`,
    [scope.environmentId, scope.caller, scope.operation, scope.key, inputHash, JSON.stringify(result)],
  )
}
