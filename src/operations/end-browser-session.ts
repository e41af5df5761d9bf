import { AuthenticationError } from '../auth/errors.ts'
import type { Lookups } from '../auth/lookups.ts'
import { isSessionSecret } from '../auth/session-secret.ts'
import { hashToken } from '../auth/token.ts'
import { insertAudit } from '../store/audit.ts'
import { endBrowserSession as endInStore, endSiblingSessions, isLiveSession } from '../store/browser-session.ts'
import type { Database } from '../store/database.ts'
import { transaction } from '../store/transaction.ts'

export type SessionsToEnd = 'THIS' | 'ALL_OF_ITS_KEY'

/**
 * Ends a session, or all that its key has opened, with all that is open under them, in every process. One that has ended, or never was, changes
 * nothing: it is looked up before anything is begun, in its turn. Throws TooManyLookups.
 */
export const endBrowserSession =
  ({ db, lookups }: { db: Database; lookups: Lookups }) =>
  async (secret: string, ip: string | null, which: SessionsToEnd): Promise<void> => {
    if (!isSessionSecret(secret)) return
    const hash = hashToken(secret)
    if (!(await isLive(lookups, db, hash, ip))) return
    await transaction(db, async (client) => {
      const session = await endInStore(client, hash)
      if (!session) return
      if (which === 'ALL_OF_ITS_KEY') await endSiblingSessions(client, session)
      const { id, apiKeyId, environmentId } = session
      const actor = apiKeyId ?? 'owner'
      const action = which === 'THIS' ? 'SESSION_END' : 'SESSION_END_ALL'
      await insertAudit(client, { environmentId, actor, action, target: id, outcome: 'OK', ip })
    })
  }

async function isLive(lookups: Lookups, { pool }: Database, hash: Buffer, ip: string | null): Promise<boolean> {
  try {
    await lookups.look(ip, hash.toString('base64'), async () => {
      if (!(await isLiveSession(pool, hash))) throw new AuthenticationError('SIGNED_OUT')
    })
    return true
  } catch (error) {
    if (error instanceof AuthenticationError) return false
    throw error
  }
}
