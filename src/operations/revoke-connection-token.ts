import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { freeTargets } from '../store/delivery-claim.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import { revokeSecrets } from '../store/secret-succession.ts'
import { putOffRotation } from '../store/token-rotation.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { disconnected } from './errors.ts'
import type { KeyDeps } from './keys.ts'
import { ownConnection } from './own-connection.ts'

/**
 * Stops a connection's tokens at once and everywhere, the newest and those that overlap with it. The connection goes on; rotation gives it a new one,
 * by hand at once, by itself not before the next due time.
 */
export const revokeConnectionToken =
  ({ db }: KeyDeps) =>
  (caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }> => {
    const attempt: Attempt = { action: 'CONNECTION_TOKEN_REVOKE', target: input.connectionId }
    return audited(db, caller, attempt, async () => {
      const { id: connectionId } = await ownConnection(db, caller, input.connectionId, 'connectionId')
      await transaction(db, async (client) => {
        if ((await lockGate(client, connectionId)) === 'DISCONNECTED') throw disconnected()
        const succession = { kind: 'CONNECTION', of: connectionId } as const
        await putOffRotation(client, connectionId)
        if ((await revokeSecrets(client, succession)) === 0) return
        await freeTargets(client, succession)
        await appendEvents(client, connectionId, [{ type: 'TOKEN_REVOKED' }])
        await insertAudit(client, auditEntry(caller, attempt))
      })
      return { connectionId }
    })
  }
