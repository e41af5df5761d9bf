import type { Database } from '../store/database.ts'
import { firstDelivery, type Succession } from '../store/secret-succession.ts'
import { ConflictError } from './errors.ts'
import type { TokenDelivery } from './rotate-secret.ts'

/** What a repeated request is told of the secret that the first one made: never the secret itself. */
export async function replayedDelivery(
  { pool }: Database,
  made: Succession,
  toTarget: boolean,
): Promise<TokenDelivery> {
  if (!toTarget) return 'SHOWN'
  const delivery = await firstDelivery(pool, made)
  if (delivery === 'UNDER_WAY') {
    throw new ConflictError(
      'What the first request with this idempotency key made is just being delivered. Repeat the request when that has ended: mostly in a moment, five minutes later where the process that delivered it has died.',
      ['idempotencyKey'],
    )
  }
  return delivery
}
