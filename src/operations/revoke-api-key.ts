import type { Caller } from '../auth/caller.ts'
import { lockApiKey, markApiKeyRevoked } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { noSuchKey } from './errors.ts'
import type { KeyDeps } from './keys.ts'

/** Stops a key for good, with all of its secrets, at once and everywhere. Revoking it again changes nothing. */
export const revokeApiKey =
  ({ db }: KeyDeps) =>
  (caller: Caller, { apiKeyId }: { apiKeyId: string }): Promise<{ apiKeyId: string }> => {
    const attempt: Attempt = { action: 'API_KEY_REVOKE', target: apiKeyId }
    return audited(db, caller, attempt, async () => {
      await transaction(db, async (client) => {
        const key = await lockApiKey(client, caller.environmentId, apiKeyId)
        if (!key) throw noSuchKey()
        if (key.revoked) return
        await markApiKeyRevoked(client, apiKeyId)
        await insertAudit(client, auditEntry(caller, attempt))
      })
      return { apiKeyId }
    })
  }
