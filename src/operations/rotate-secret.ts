import type pg from 'pg'
import { type IssuedToken } from '../auth/token.ts'
import type { NewSecret } from '../store/api-key.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/ids.ts'
import {
  isBeingDelivered,
  isOvertaken,
  makeCurrent,
  retireOthers,
  revokeSecret,
  type Succession,
} from '../store/secret-succession.ts'
import { transaction } from '../store/transaction.ts'
import { type Deliver, pendingMs } from './deliver-token.ts'
import { ConflictError, OvertakenError, ValidationError } from './errors.ts'
import { durationMs } from './schedule-input.ts'

export type TokenDelivery = 'SHOWN' | 'DELIVERED' | 'FAILED'

export interface HandedOver {
  /** Shown this once; null unless it is SHOWN. */
  token: string | null
  tokenDelivery: TokenDelivery
}

/** What is particular to the rotation of an API key or of a connection's token. */
export interface Rotation {
  succession: Succession
  issued: IssuedToken
  /** For how long the secrets of before work beside the new one. */
  overlapMs: number
  /** Null: the new one is shown. */
  deliver: Deliver | null
  /** Locks what the secrets belong to; throws when it may have no new one. */
  lock(client: pg.ClientBase): Promise<void>
  insert(client: pg.ClientBase, secret: NewSecret): Promise<void>
  /** In the transaction that makes the new one current. */
  settled(client: pg.ClientBase, secret: NewSecret, othersEnd: Date): Promise<void>
  /** In the transaction that revokes the new one because it could not be delivered, with the reason. */
  failed(client: pg.ClientBase, reason: string): Promise<void>
  /** Of the field that names what is rotated. */
  path: readonly string[]
}

const day = 86_400_000
const longestOverlapMs = 30 * day

/** Milliseconds; null and absent: none. */
export function checkOverlap(overlap: string | null | undefined, path: readonly string[] = ['overlap']): number {
  const ms = durationMs(overlap ?? 'PT0S')
  if (ms === null || ms > longestOverlapMs) {
    throw new ValidationError(
      'overlap is an ISO 8601 duration of weeks, days, hours, minutes and seconds, from PT0S to P30D, e.g. PT1H.',
      path,
    )
  }
  return ms
}

/**
 * Makes a new secret and lets those before it end. One that is shown is current at once. One that is delivered stands beside the others while it is
 * written to its target: when that fails it is revoked and nothing has changed; when this process dies in between, nothing else ends, and it is revoked
 * (settle-lost-deliveries.ts), unless another rotation has counted it among those before.
 */
export async function rotateSecret(db: Database, rotation: Rotation): Promise<HandedOver> {
  const { succession, issued, deliver, path } = rotation
  const { token, prefix, lastFour, hash } = issued
  const secret: NewSecret = { id: newId(), prefix, lastFour, hash, pendingMs: deliver ? pendingMs : null }

  async function settle(client: pg.ClientBase) {
    const othersEnd = await retireOthers(client, succession, secret.id, rotation.overlapMs)
    await rotation.settled(client, secret, othersEnd)
  }

  await transaction(db, async (client) => {
    await rotation.lock(client)
    if (await isBeingDelivered(client, succession)) {
      throw new ConflictError(
        'Another rotation is just being delivered. Try again when it has ended, in two minutes at the latest.',
        path,
      )
    }
    await deliver?.claim(client, succession)
    await rotation.insert(client, secret)
    if (!deliver) await settle(client)
  })
  if (!deliver) return { token, tokenDelivery: 'SHOWN' }

  return deliver.hand(token, (failure) =>
    transaction(db, async (client) => {
      if (failure !== null) {
        // what it locks comes before the secret, as wherever else a secret is revoked
        await rotation.failed(client, failure)
        await revokeSecret(client, succession, secret.id)
        return { token: null, tokenDelivery: 'FAILED' }
      }
      await rotation.lock(client)
      const standing = await makeCurrent(client, succession, secret.id)
      if (isOvertaken(standing)) {
        throw new OvertakenError(
          standing,
          'It was revoked or rotated while the new one was being delivered. What is at the target does not work: rotate again.',
          path,
        )
      }
      if (standing === 'PENDING') await settle(client)
      return { token: null, tokenDelivery: 'DELIVERED' }
    }),
  )
}
