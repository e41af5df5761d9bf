import type { Caller } from '../auth/caller.ts'
import { issueToken } from '../auth/token.ts'
import { insertApiKey } from '../store/api-key.ts'
import { insertAudit } from '../store/audit.ts'
import { findEnvironment } from '../store/credentials.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/ids.ts'
import { transaction } from '../store/transaction.ts'
import { NotFoundError, ValidationError } from './errors.ts'
import type { CreateApiKeyInput, CreatedApiKey } from './keys.ts'

const longestName = 200

/** Makes a key of the caller's environment (the owner: of any) with no more scopes than the caller has. */
export const createApiKey =
  (db: Database) =>
  async (caller: Caller, input: CreateApiKeyInput): Promise<CreatedApiKey> => {
    checkInput(caller, input)
    const environment = await findEnvironment(db.pool, input.environment)
    if (!environment || (caller.kind !== 'OWNER' && environment.id !== caller.environmentId)) {
      throw new NotFoundError(
        'There is no such environment for this credential. A key creates keys of its own environment only.',
        ['environment'],
      )
    }
    const { token, ...stored } = issueToken({ environmentKind: environment.kind, of: 'API_KEY' })
    const apiKeyId = newId()
    await transaction(db.pool, async (client) => {
      await insertApiKey(client, {
        ...stored,
        id: apiKeyId,
        environmentId: environment.id,
        name: input.name.trim(),
        scopes: [...new Set(input.scopes)],
        createdBy: caller.id,
        expiresAt: input.expiresAt ?? null,
      })
      const audit = { environmentId: environment.id, actor: caller.id, ip: caller.ip }
      await insertAudit(client, { ...audit, action: 'API_KEY_CREATE', target: apiKeyId, outcome: 'OK' })
    })
    return { apiKeyId, key: token, tokenDelivery: 'SHOWN' }
  }

function checkInput(caller: Caller, { name, scopes, expiresAt, deliverTo }: CreateApiKeyInput): void {
  if (name.trim() === '' || name.length > longestName)
    throw new ValidationError(`name has 1 to ${longestName} characters.`, ['name'])
  if (scopes.length === 0) throw new ValidationError('A key needs at least one scope.', ['scopes'])
  const beyond = scopes.filter((scope) => !caller.scopes.has(scope))
  if (beyond.length > 0) {
    throw new ValidationError(
      `This credential lacks ${beyond.join(', ')}, and a key cannot give what it does not have.`,
      ['scopes'],
    )
  }
  if (expiresAt && expiresAt.getTime() <= Date.now())
    throw new ValidationError('expiresAt is in the past.', ['expiresAt'])
  if (deliverTo) {
    throw new ValidationError(
      'Token delivery is off: the operator has allowed no target. Leave deliverTo out; the key is then shown once.',
      ['deliverTo'],
    )
  }
}
