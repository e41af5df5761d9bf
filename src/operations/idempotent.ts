import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import type { Database } from '../store/database.ts'
import { CreditsExhausted, isUniqueViolation } from '../store/errors.ts'
import { findIdempotent, keepIdempotent } from '../store/idempotency.ts'
import { canonicalJson } from './canonical-json.ts'
import { ConflictError, ValidationError } from './errors.ts'

export interface Idempotent<R> {
  /** What the earlier call with this key made. */
  replay: R | null
  /** Keeps what this call makes, within its transaction. */
  keep(client: pg.ClientBase, result: R): Promise<void>
  /**
   * For a failed transaction: the winner's result when another call with the same key has just committed. It may have taken the last credit or the
   * target too, which then fails before the key does.
   */
  lost(error: unknown): Promise<R | null>
}

/**
 * A key is unique per environment, caller and operation, and kept 7 days. The same key with other input is a conflict. Results are kept as
 * ids only, so that no token is among them; of the input only a hash.
 */
export async function idempotent<R>(
  db: Database,
  caller: Caller,
  operation: string,
  key: string | null | undefined,
  input: object,
): Promise<Idempotent<R>> {
  if (key === null || key === undefined) return { replay: null, keep: async () => {}, lost: async () => null }
  if (key.length < 1 || key.length > 200) {
    throw new ValidationError('An idempotency key has 1 to 200 characters.', ['idempotencyKey'])
  }
  const scope = { environmentId: caller.environmentId, caller: caller.id, operation, key }
  const inputHash = createHash('sha256').update(canonicalJson(input)).digest()
  const find = async () => {
    const found = await findIdempotent(db.pool, scope)
    if (!found) return null
    if (!found.inputHash.equals(inputHash)) {
      throw new ConflictError('This idempotency key was used with other input. Use a new key for a new request.', [
        'idempotencyKey',
      ])
    }
    return found.result as R // written by keep() below, for the same operation
  }
  return {
    replay: await find(),
    keep: (client, result) => keepIdempotent(client, scope, inputHash, result),
    lost: async (error) =>
      isUniqueViolation(error) || error instanceof CreditsExhausted || error instanceof ConflictError ? find() : null,
  }
}
