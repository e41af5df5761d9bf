import type { Database } from '../store/database.ts'
import { markApiKeyRevoked, lockApiKey } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import { type LostDelivery, lostDeliveries } from '../store/lost-delivery.ts'
import { hasLiveSecret, isBeingDelivered, revokeSecret, standingOf } from '../store/secret-succession.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry } from './audited.ts'
import { schedulerOf } from './scheduler.ts'

/**
 * Revokes each secret of whose delivery nothing was heard: the process that delivered it died, or could not store what came of it. Its caller was told
 * of no success, so that nobody counts on it; those before it have not ended. Safe in any number of processes at once, and to repeat.
 */
export async function settleLostDeliveries({ db }: { db: Database }, stopping?: AbortSignal): Promise<void> {
  for (const lost of await lostDeliveries(db.pool)) {
    if (stopping?.aborted) return
    await settle(db, lost)
  }
}

/** Nothing where another has settled it, or its successor is on its way and will. */
function settle(db: Database, lost: LostDelivery): Promise<void> {
  const { kind, of, secretId, environmentId } = lost
  return transaction(db, async (client) => {
    if (kind === 'CONNECTION') await lockGate(client, of)
    else await lockApiKey(client, environmentId, of)
    if ((await standingOf(client, lost, secretId)) !== 'PENDING' || (await isBeingDelivered(client, lost))) return
    await revokeSecret(client, lost, secretId)
    if (kind === 'CONNECTION')
      await appendEvents(client, of, [{ type: 'TOKEN_REVOKED', message: 'Nothing was heard of its delivery.' }])
    else if (!(await hasLiveSecret(client, lost))) await markApiKeyRevoked(client, of)
    const attempt: Attempt = {
      action: kind === 'CONNECTION' ? 'CONNECTION_TOKEN_DELIVER' : 'API_KEY_DELIVER',
      target: of,
    }
    await insertAudit(client, auditEntry(schedulerOf(environmentId), attempt, 'DELIVERY_FAILED'))
  })
}
