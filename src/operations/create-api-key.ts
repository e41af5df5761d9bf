import { type Caller, scopesBeyond } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import { expiryOf, insertApiKey, lockApiKey, markApiKeyRevoked } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import { findEnvironment } from '../store/credentials.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/ids.ts'
import { isOvertaken, makeCurrent } from '../store/secret-succession.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { chooseDelivery, pendingMs } from './deliver-token.ts'
import { NotFoundError, ValidationError } from './errors.ts'
import { idempotent } from './idempotent.ts'
import type { CreateApiKeyInput, CreatedApiKey, KeyDeps } from './keys.ts'
import { replayedDelivery } from './replayed-delivery.ts'

const longestName = 200

/** What is kept of a key that was made, and answered again to whoever repeats the request. */
type Made = Pick<CreatedApiKey, 'apiKeyId'>

/**
 * Makes a key of the caller's environment (the owner: of any) with no more scopes and no later end than the caller's. One that cannot be delivered is
 * revoked. A replay is answered before the input is checked again: what was right when the key was made may be past by now.
 */
export const createApiKey =
  (deps: KeyDeps) =>
  (caller: Caller, input: CreateApiKeyInput): Promise<CreatedApiKey> => {
    const { db } = deps
    const scopes = [...new Set(input.scopes)].toSorted()
    return audited(db, caller, { action: 'API_KEY_CREATE', target: null }, async () => {
      const once = await idempotent<Made>(db, caller, 'createApiKey', input.idempotencyKey, { ...input, scopes })
      if (once.replay) return replayed(db, once.replay, input)
      checkInput(caller, input)
      const environment = await findEnvironment(db.pool, input.environment)
      if (!environment || (caller.kind !== 'OWNER' && environment.id !== caller.environmentId)) {
        throw new NotFoundError(
          'There is no such environment for this credential. A key creates keys of its own environment only.',
          ['environment'],
        )
      }
      const expiresAt = await endOf(db, caller, input)
      const deliver = chooseDelivery(deps, environment.name, input.deliverTo, 'deliverTo')
      const { token, ...stored } = issueToken({ environmentKind: environment.kind, of: 'API_KEY' })
      const apiKeyId = newId()
      const secretId = newId()
      const succession = { kind: 'API_KEY', of: apiKeyId } as const
      const attempt: Attempt = { action: 'API_KEY_CREATE', target: apiKeyId }
      try {
        await transaction(db, async (client) => {
          await insertApiKey(client, {
            secret: { ...stored, id: secretId, pendingMs: deliver ? pendingMs : null },
            id: apiKeyId,
            environmentId: environment.id,
            name: input.name.trim(),
            scopes,
            createdBy: caller.id,
            expiresAt,
          })
          await deliver?.claim(client, succession)
          await insertAudit(client, auditEntry(caller, attempt, 'OK', environment.id))
          await once.keep(client, { apiKeyId })
        })
      } catch (error) {
        const winner = await once.lost(error)
        if (winner) return replayed(db, winner, input)
        throw error
      }
      if (!deliver) return { apiKeyId, key: token, tokenDelivery: 'SHOWN' }

      const tokenDelivery = await deliver.hand(token, (failure) =>
        transaction(db, async (client) => {
          await lockApiKey(client, environment.id, apiKeyId)
          if (failure === null) {
            const standing = await makeCurrent(client, succession, secretId)
            return isOvertaken(standing) ? 'FAILED' : 'DELIVERED'
          }
          await markApiKeyRevoked(client, apiKeyId)
          await insertAudit(client, auditEntry(caller, attempt, 'DELIVERY_FAILED', environment.id))
          return 'FAILED'
        }),
      )
      return { apiKeyId, key: null, tokenDelivery }
    })
  }

async function replayed(db: Database, { apiKeyId }: Made, { deliverTo }: CreateApiKeyInput): Promise<CreatedApiKey> {
  const tokenDelivery = await replayedDelivery(db, { kind: 'API_KEY', of: apiKeyId }, Boolean(deliverTo))
  return { apiKeyId, key: null, tokenDelivery }
}

function checkInput(caller: Caller, { name, scopes, expiresAt }: CreateApiKeyInput): void {
  if (name.trim() === '' || name.length > longestName)
    throw new ValidationError(`name has 1 to ${longestName} characters.`, ['name'])
  if (scopes.length === 0) throw new ValidationError('A key needs at least one scope.', ['scopes'])
  const beyond = scopesBeyond(caller, scopes)
  if (beyond.length > 0) {
    throw new ValidationError(
      `This credential lacks ${beyond.join(', ')}, and a key cannot give what it does not have.`,
      ['scopes'],
    )
  }
  if (expiresAt && expiresAt.getTime() <= Date.now())
    throw new ValidationError('expiresAt is in the past.', ['expiresAt'])
}

async function endOf(db: Database, caller: Caller, { expiresAt }: CreateApiKeyInput): Promise<Date | null> {
  const latest = caller.kind === 'API_KEY' ? await expiryOf(db.pool, caller.id) : null
  if (latest && expiresAt && expiresAt > latest) {
    throw new ValidationError(
      `expiresAt is later than this key's own end, ${latest.toISOString()}. Leave it out, and the new key ends with this one.`,
      ['expiresAt'],
    )
  }
  return expiresAt ?? latest
}
