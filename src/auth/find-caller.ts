import { timingSafeEqual } from 'node:crypto'
import type pg from 'pg'
import { Scope } from '../generated/prisma/enums.ts'
import { findBrowserSession } from '../store/browser-session.ts'
import { findApiKey, findConnectionToken, findEnvironment } from '../store/credentials.ts'
import { ownerKeyHash } from '../store/owner-key.ts'
import { type Caller, connectionTokenScopes } from './caller.ts'
import { AuthenticationError, type KnownCredential } from './errors.ts'
import { hashToken, isWellFormed } from './token.ts'
import type { Uses } from './uses.ts'

export interface FoundCaller {
  caller: Omit<Caller, 'ip'>
  expiresAt: Date | null
}

/** Whose a secret is, for the environment named, or null. Throws AuthenticationError where it would not be let in. */
export interface FindCaller {
  bySecret(secret: string, environment: string | null): Promise<FoundCaller>
  bySession(secret: string, environment: string | null): Promise<FoundCaller>
}

const defaultEnvironment = 'production'
const ownerScopes: ReadonlySet<Scope> = new Set(Object.values(Scope))
/** A session that has not been used for so long has expired; what is open under it uses it. */
export const sessionIdleMs = 60 * 60_000

export function createFindCaller(pool: pg.Pool, uses: Uses): FindCaller {
  async function apiKey(
    by: { hash: Buffer } | { secretId: string },
    environment: string | null,
  ): Promise<FoundCaller | null> {
    const key = await findApiKey(pool, by)
    if (!key) return null
    const { id, environmentId } = key
    admit(key, environment, { kind: 'API_KEY', id, environmentId })
    uses.ofOne('api_key', key)
    return {
      caller: { kind: 'API_KEY', id, environmentId, scopes: new Set(key.scopes), connectionId: null },
      expiresAt: key.expiresAt,
    }
  }

  async function connectionToken(hash: Buffer, environment: string | null): Promise<FoundCaller | null> {
    const token = await findConnectionToken(pool, hash)
    if (!token) return null
    const { id, environmentId, connectionId } = token
    const known = { kind: 'CONNECTION_TOKEN', id, environmentId } as const
    if (token.connectionStatus === 'DISCONNECTED') throw new AuthenticationError('DISCONNECTED', known)
    admit(token, environment, known)
    uses.ofOne('connection_token', token)
    return {
      caller: { kind: 'CONNECTION_TOKEN', id, environmentId, scopes: connectionTokenScopes, connectionId },
      expiresAt: token.expiresAt,
    }
  }

  async function owner(hash: Buffer, environment: string | null): Promise<FoundCaller | null> {
    const stored = await ownerKeyHash(pool)
    return stored && timingSafeEqual(stored, hash) ? asOwner(environment) : null
  }

  async function asOwner(environment: string | null): Promise<FoundCaller> {
    const chosen = await findEnvironment(pool, environment ?? defaultEnvironment)
    if (!chosen) throw new AuthenticationError('ENVIRONMENT')
    return {
      caller: { kind: 'OWNER', id: 'owner', environmentId: chosen.id, scopes: ownerScopes, connectionId: null },
      expiresAt: null,
    }
  }

  return {
    async bySecret(secret, environment) {
      const hash = hashToken(secret)
      const issued = isWellFormed(secret)
        ? ((await apiKey({ hash }, environment)) ?? (await connectionToken(hash, environment)))
        : null
      const found = issued ?? (await owner(hash, environment))
      if (!found) throw new AuthenticationError('INVALID')
      return found
    },

    async bySession(secret, environment) {
      const session = await findBrowserSession(pool, hashToken(secret), sessionIdleMs)
      if (!session || session.revokedAt) throw new AuthenticationError('SIGNED_OUT')
      if (session.expired) throw new AuthenticationError('SESSION_EXPIRED')
      const { apiKeySecretId: secretId, expiresAt } = session
      const found = secretId === null ? await asOwner(environment) : await apiKey({ secretId }, environment)
      if (!found) throw new AuthenticationError('SIGNED_OUT')
      uses.ofOne('browser_session', session)
      return { ...found, expiresAt: found.expiresAt && found.expiresAt < expiresAt ? found.expiresAt : expiresAt }
    },
  }
}

function admit(
  credential: { revokedAt: Date | null; expired: boolean; environmentName: string },
  environment: string | null,
  known: KnownCredential,
): void {
  if (credential.revokedAt) throw new AuthenticationError('REVOKED', known)
  if (credential.expired) throw new AuthenticationError('EXPIRED', known)
  if (environment !== null && environment !== credential.environmentName)
    throw new AuthenticationError('ENVIRONMENT', known)
}
