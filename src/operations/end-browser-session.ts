import { hashToken } from '../auth/token.ts'
import { insertAudit } from '../store/audit.ts'
import { endBrowserSession as endInStore } from '../store/browser-session.ts'
import type { Database } from '../store/database.ts'
import { transaction } from '../store/transaction.ts'

/** Ends a session with all that is open under it, in every process. One that has ended, or never was, changes nothing. */
export const endBrowserSession =
  (db: Database) =>
  async (secret: string, ip: string | null): Promise<void> => {
    const ended = await transaction(db.pool, async (client) => {
      const session = await endInStore(client, hashToken(secret))
      if (!session) return false
      const { id, apiKeyId, environmentId } = session
      const actor = apiKeyId ?? 'owner'
      await insertAudit(client, { environmentId, actor, action: 'SESSION_END', target: id, outcome: 'OK', ip })
      return true
    })
    if (ended) db.announcer.credentialsEnded()
  }
