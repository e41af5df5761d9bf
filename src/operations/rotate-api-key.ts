import type { Caller } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import type { TargetName } from '../secrets/delivery.ts'
import { insertApiKeySecret, lockApiKey, showSecret } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import { environmentOf } from '../store/credentials.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { chooseDelivery } from './deliver-token.ts'
import { ConflictError, noSuchKey } from './errors.ts'
import type { CreatedApiKey, KeyDeps } from './keys.ts'
import { mayHandOver } from './may-hand-over.ts'
import { checkOverlap, rotateSecret } from './rotate-secret.ts'

export interface RotateApiKeyInput {
  apiKeyId: string
  /** ISO 8601 duration; null: the secrets of before end at once. */
  overlap?: string | null
  deliverTo?: TargetName | null
}

/** A new secret for a key, which keeps its id, name, scopes and expiry. A rotation during an overlap lets no secret of before live longer. */
export const rotateApiKey =
  (deps: KeyDeps) =>
  (caller: Caller, input: RotateApiKeyInput): Promise<CreatedApiKey> => {
    const { db } = deps
    const { apiKeyId } = input
    const attempt: Attempt = { action: 'API_KEY_ROTATE', target: apiKeyId }
    return audited(db, caller, attempt, async () => {
      const overlapMs = checkOverlap(input.overlap)
      const environment = await environmentOf(db.pool, caller.environmentId)
      const { token, tokenDelivery } = await rotateSecret(db, {
        succession: { kind: 'API_KEY', of: apiKeyId },
        issued: issueToken({ environmentKind: environment.kind, of: 'API_KEY' }),
        overlapMs,
        deliver: chooseDelivery(deps, environment.name, input.deliverTo, 'deliverTo'),
        async lock(client) {
          const key = await lockApiKey(client, caller.environmentId, apiKeyId)
          if (!key) throw noSuchKey()
          mayHandOver(caller, key.scopes, 'id')
          if (key.revoked) throw new ConflictError('This key is revoked, for good. Make a new one.', ['id'])
          if (key.expired) throw new ConflictError('This key has expired. Make a new one.', ['id'])
        },
        insert: (client, secret) => insertApiKeySecret(client, apiKeyId, secret),
        async settled(client, secret) {
          await showSecret(client, apiKeyId, secret)
          await insertAudit(client, auditEntry(caller, attempt))
        },
        failed: (client) => insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED')),
        path: ['id'],
      })
      return { apiKeyId, key: token, tokenDelivery }
    })
  }
