import type pg from 'pg'
import type { Attempts } from '../auth/attempts.ts'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import { AuthenticationError, TooManyRefusals } from '../auth/errors.ts'
import type { Lookups } from '../auth/lookups.ts'
import { issueSessionSecret } from '../auth/session-secret.ts'
import { hashToken } from '../auth/token.ts'
import { insertAudit } from '../store/audit.ts'
import { insertBrowserSession, type SessionKey } from '../store/browser-session.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/ids.ts'
import { holdOwnerKey } from '../store/owner-key.ts'
import { findSecret } from '../store/secret-succession.ts'
import { transaction } from '../store/transaction.ts'

export interface OpenedSession {
  /** For the browser's cookie; its hash is what is stored. */
  secret: string
  lastsMs: number
}

/** As long as a working day, however busy it is. */
const lastsMs = 12 * 3_600_000
const action = 'SESSION_OPEN'

export interface OpenBrowserSessionDeps {
  db: Database
  authenticate: Authenticate
  lookups: Lookups
  /** How often an address may be refused and noted: whoever asks is nobody until then. */
  refusals: Attempts
}

/**
 * Opens a session that acts as the key given, and ends with it. Throws AuthenticationError, which the audit log keeps, or TooMany. A good key opens
 * one however many others were refused at its address.
 */
export const openBrowserSession =
  ({ db, authenticate, lookups, refusals }: OpenBrowserSessionDeps) =>
  async (key: string, ip: string | null): Promise<OpenedSession> => {
    try {
      const caller = await callerOf(authenticate, key, ip)
      const secret = issueSessionSecret()
      await transaction(db, async (client) => {
        const opener = await openerOf(client, caller, key)
        if (!opener) throw new AuthenticationError('INVALID') // it has been replaced since
        const id = newId()
        await insertBrowserSession(client, { id, hash: hashToken(secret), key: opener, lastsMs })
        // the owner's is of the whole installation: it may enter each environment
        const environmentId = caller.kind === 'OWNER' ? null : caller.environmentId
        await insertAudit(client, { environmentId, actor: caller.id, action, target: id, outcome: 'OK', ip })
      })
      lookups.remember(hashToken(secret).toString('base64'))
      return { secret, lastsMs }
    } catch (error) {
      if (error instanceof AuthenticationError) {
        const wait = refusals.take(ip)
        if (wait > 0) throw new TooManyRefusals(wait)
        const outcome = 'UNAUTHENTICATED'
        await insertAudit(db.pool, { environmentId: null, actor: 'nobody', action, target: null, outcome, ip })
      }
      throw error
    }
  }

async function callerOf(authenticate: Authenticate, key: string, ip: string | null): Promise<Caller> {
  if (/\s/.test(key)) throw new AuthenticationError('INVALID')
  const { caller } = await authenticate({ authorization: `Bearer ${key}`, environment: null, ip })
  if (caller.kind === 'CONNECTION_TOKEN') throw new AuthenticationError('OPENS_NO_SESSION')
  return caller
}

async function openerOf(client: pg.ClientBase, { kind }: Caller, key: string): Promise<SessionKey | null> {
  const hash = hashToken(key)
  if (kind === 'OWNER') {
    const ownerKeyId = await holdOwnerKey(client, hash)
    return ownerKeyId === null ? null : { ownerKeyId }
  }
  // revoked meanwhile it opens nothing: the session is looked up together with it
  const found = await findSecret(client, hash)
  return found && { apiKeySecretId: found.secretId }
}
