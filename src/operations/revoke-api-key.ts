import type { Caller } from '../auth/caller.ts'
import { revokeStoredApiKey } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import type { Database } from '../store/database.ts'
import { transaction } from '../store/transaction.ts'
import { NotFoundError } from './errors.ts'

/** Stops a key for good, at once and everywhere. Revoking it again changes nothing. */
export const revokeApiKey =
  (db: Database) =>
  async (caller: Caller, { apiKeyId }: { apiKeyId: string }): Promise<{ apiKeyId: string }> => {
    await transaction(db.pool, async (client) => {
      const outcome = await revokeStoredApiKey(client, caller.environmentId, apiKeyId)
      if (outcome === 'UNKNOWN') throw new NotFoundError('There is no such API key in this environment.', ['id'])
      if (outcome === 'REVOKED_BEFORE') return
      const audit = { environmentId: caller.environmentId, actor: caller.id, ip: caller.ip }
      await insertAudit(client, { ...audit, action: 'API_KEY_REVOKE', target: apiKeyId, outcome: 'OK' })
    })
    return { apiKeyId }
  }
