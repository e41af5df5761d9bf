import { hashToken, isWellFormed } from '../auth/token.ts'
import type { Logger } from '../log.ts'
import { lockApiKey, markApiKeyRevoked } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import type { Database } from '../store/database.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import { findSecret, hasLiveSecret, revokeSecret } from '../store/secret-succession.ts'
import { transaction } from '../store/transaction.ts'

/**
 * Stops the one secret that is presented: whoever holds it could use it, so they may end it. Others of the same key or connection that overlap with
 * it go on, since their holders are not the ones who leaked it. The owner's key is no such secret: nobody who finds it can lock the owner out.
 * Answers nothing, whatever it was given.
 */
export const revokePresentedToken =
  ({ db, log }: { db: Database; log: Logger }) =>
  async (token: string, ip: string | null): Promise<void> => {
    const found = isWellFormed(token) ? await findSecret(db.pool, hashToken(token)) : null
    if (!found) return
    const { kind, of, secretId, environmentId } = found
    const revoked = await transaction(db, async (client) => {
      if (kind === 'API_KEY') {
        if ((await lockApiKey(client, environmentId, of))?.revoked !== false) return false
      } else if ((await lockGate(client, of)) === 'DISCONNECTED') return false
      if (!(await revokeSecret(client, found, secretId))) return false
      if (kind === 'CONNECTION')
        await appendEvents(client, of, [{ type: 'TOKEN_REVOKED', message: 'Revoked by a holder of the token.' }])
      else if (!(await hasLiveSecret(client, found))) await markApiKeyRevoked(client, of)
      const actor = kind === 'API_KEY' ? of : secretId
      await insertAudit(client, {
        environmentId,
        actor,
        action: 'TOKEN_REVOKE_BY_HOLDER',
        target: of,
        outcome: 'OK',
        ip,
      })
      return true
    })
    if (!revoked) return
    log.warn({ kind, of, ip }, 'a key or token was revoked by someone who holds it: it may have leaked')
  }
