import { type Caller, connectionTokenScopes } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import type { TargetName } from '../secrets/delivery.ts'
import { insertAudit } from '../store/audit.ts'
import { insertConnectionToken } from '../store/connection-token.ts'
import { environmentOf } from '../store/credentials.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import { auditEntry, audited } from './audited.ts'
import { chooseDelivery } from './deliver-token.ts'
import { disconnected } from './errors.ts'
import type { KeyDeps } from './keys.ts'
import { mayHandOver } from './may-hand-over.ts'
import { ownConnection } from './own-connection.ts'
import { checkOverlap, type HandedOver, rotateSecret } from './rotate-secret.ts'

export interface RotateConnectionTokenInput {
  connectionId: string
  /** ISO 8601 duration; null: the tokens of before end at once. */
  overlap?: string | null
  deliverTo?: TargetName | null
}

/** A new token for a connection, also where all of before were revoked. A rotation during an overlap lets none of before live longer. */
export const rotateConnectionToken =
  (deps: KeyDeps) =>
  (caller: Caller, input: RotateConnectionTokenInput): Promise<HandedOver & { connectionId: string }> => {
    const { db } = deps
    const attempt = { action: 'CONNECTION_TOKEN_ROTATE', target: input.connectionId }
    return audited(db, caller, attempt, async () => {
      const connection = await ownConnection(db, caller, input.connectionId, 'connectionId')
      const connectionId = connection.id
      mayHandOver(caller, connectionTokenScopes, 'connectionId')
      const overlapMs = checkOverlap(input.overlap)
      const environment = await environmentOf(db.pool, connection.environmentId)
      const handed = await rotateSecret(db, {
        succession: { kind: 'CONNECTION', of: connectionId },
        issued: issueToken({ environmentKind: environment.kind, of: 'CONNECTION' }),
        overlapMs,
        deliver: chooseDelivery(deps, environment.name, input.deliverTo, 'deliverTo'),
        async lock(client) {
          if ((await lockGate(client, connectionId)) === 'DISCONNECTED') throw disconnected()
        },
        insert: (client, token) => insertConnectionToken(client, connectionId, token),
        async settled(client, _token, othersEnd) {
          const message =
            overlapMs === 0
              ? 'The token of before has ended.'
              : `The token of before works until ${othersEnd.toISOString()}.`
          await appendEvents(client, connectionId, [{ type: 'TOKEN_ROTATED', message }])
          await insertAudit(client, auditEntry(caller, attempt))
        },
        failed: (client) => insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED')),
        path: ['connectionId'],
      })
      db.announcer.announce(connectionId)
      db.announcer.credentialsEnded()
      return { connectionId, ...handed }
    })
  }
