import { type Caller, connectionTokenScopes } from '../auth/caller.ts'
import type { TargetName } from '../secrets/delivery.ts'
import { insertAudit } from '../store/audit.ts'
import { environmentOf } from '../store/credentials.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { chooseDelivery } from './deliver-token.ts'
import type { KeyDeps } from './keys.ts'
import { mayHandOver } from './may-hand-over.ts'
import { ownConnection } from './own-connection.ts'
import { replaceToken } from './replace-token.ts'
import { checkOverlap, type HandedOver } from './rotate-secret.ts'

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
    const attempt: Attempt = { action: 'CONNECTION_TOKEN_ROTATE', target: input.connectionId }
    return audited(db, caller, attempt, async () => {
      const connection = await ownConnection(db, caller, input.connectionId, 'connectionId')
      const connectionId = connection.id
      mayHandOver(caller, connectionTokenScopes, 'connectionId')
      const overlapMs = checkOverlap(input.overlap)
      const environment = await environmentOf(db.pool, connection.environmentId)
      const handed = await replaceToken(db, {
        connectionId,
        environmentKind: environment.kind,
        overlapMs,
        deliver: chooseDelivery(deps, environment.name, input.deliverTo, 'deliverTo'),
        settled: (client) => insertAudit(client, auditEntry(caller, attempt)),
        failed: (client) => insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED')),
      })
      return { connectionId, ...handed }
    })
  }
