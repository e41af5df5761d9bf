import { timingSafeEqual } from 'node:crypto'
import DataLoader from 'dataloader'
import type pg from 'pg'
import { Scope } from '../generated/prisma/enums.ts'
import { findBrowserSession } from '../store/browser-session.ts'
import { findApiKey, findConnectionToken, findEnvironment, markUsed, type NotedUse } from '../store/credentials.ts'
import { ownerKeyHash } from '../store/owner-key.ts'
import { isStorable } from '../store/storable-text.ts'
import { type UnnotedUse, usableSecrets } from '../store/usable-secrets.ts'
import { type Caller, connectionTokenScopes, credentialOf } from './caller.ts'
import { createConfirmations } from './confirmations.ts'
import { AuthenticationError, type KnownCredential } from './errors.ts'
import { createLookups, type Lookups } from './lookups.ts'
import { createOperationRate } from './operation-rate.ts'
import { isSessionSecret } from './session-secret.ts'
import { hashToken, isWellFormed } from './token.ts'

/** What a request presents, as it came over HTTP or in the WebSocket's connectionParams. */
export interface PresentedCredential {
  /** The whole value: "Bearer …". */
  authorization: string | null
  /** The secret of a session's cookie, where the request may use it; counts when there is no authorization. */
  session?: string | null
  /** The environment's name; null when the request names none. */
  environment: string | null
  ip: string | null
}

export interface Session {
  readonly caller: Caller
  readonly expiresAt: Date | null
  /** The same for all sessions of one secret in one environment. */
  readonly credential: string
  /** Looks the credential up again, once for all who ask at the same time. Throws AuthenticationError when it would no longer be let in. */
  confirm(): Promise<void>
}

/** Throws AuthenticationError or TooMany. Asks PostgreSQL every time: a revoked credential is refused by the next request, everywhere. */
export type Authenticate = (presented: PresentedCredential) => Promise<Session>

const defaultEnvironment = 'production'
const ownerScopes: ReadonlySet<Scope> = new Set(Object.values(Scope))
const useNotedEveryMs = 60_000
/** A session that has not been used for so long has expired; what is open under it uses it. */
const sessionIdleMs = 60 * 60_000

interface Found {
  caller: Omit<Caller, 'ip'>
  expiresAt: Date | null
}

export function createAuthenticator({
  pool,
  onError,
  lookups = createLookups(),
  operationsPerSecond = 0,
}: {
  pool: pg.Pool
  onError: (error: Error) => void
  lookups?: Lookups
  /** Of one credential in this process; 0: as many as it likes. */
  operationsPerSecond?: number
}): Authenticate {
  const confirm = createConfirmations()
  const count = createOperationRate(operationsPerSecond)
  // one statement for all credentials that are confirmed in the same turn; never remembered
  const usable = new DataLoader<Buffer, boolean>(
    async (hashes) => {
      const found = await usableSecrets(pool, hashes)
      noteUses([...found.values()].flatMap((use) => use ?? []))
      return hashes.map((hash) => found.has(hash.toString('base64')))
    },
    { cache: false, batchScheduleFn: (dispatch) => setImmediate(dispatch) },
  )

  async function apiKey(
    by: { hash: Buffer } | { secretId: string },
    environment: string | null,
  ): Promise<Found | null> {
    const key = await findApiKey(pool, by)
    if (!key) return null
    const { id, environmentId } = key
    admit(key, environment, { kind: 'API_KEY', id, environmentId })
    noteUse('api_key', key)
    return {
      caller: { kind: 'API_KEY', id, environmentId, scopes: new Set(key.scopes), connectionId: null },
      expiresAt: key.expiresAt,
    }
  }

  async function connectionToken(hash: Buffer, environment: string | null): Promise<Found | null> {
    const token = await findConnectionToken(pool, hash)
    if (!token) return null
    const { id, environmentId, connectionId } = token
    const known = { kind: 'CONNECTION_TOKEN', id, environmentId } as const
    if (token.connectionStatus === 'DISCONNECTED') throw new AuthenticationError('DISCONNECTED', known)
    admit(token, environment, known)
    noteUse('connection_token', token)
    return {
      caller: { kind: 'CONNECTION_TOKEN', id, environmentId, scopes: connectionTokenScopes, connectionId },
      expiresAt: token.expiresAt,
    }
  }

  async function owner(hash: Buffer, environment: string | null): Promise<Found | null> {
    const stored = await ownerKeyHash(pool)
    return stored && timingSafeEqual(stored, hash) ? asOwner(environment) : null
  }

  async function asOwner(environment: string | null): Promise<Found> {
    const chosen = await findEnvironment(pool, environment ?? defaultEnvironment)
    if (!chosen) throw new AuthenticationError('ENVIRONMENT')
    return {
      caller: { kind: 'OWNER', id: 'owner', environmentId: chosen.id, scopes: ownerScopes, connectionId: null },
      expiresAt: null,
    }
  }

  async function find(secret: string, environment: string | null): Promise<Found> {
    const hash = hashToken(secret)
    const issued = isWellFormed(secret)
      ? ((await apiKey({ hash }, environment)) ?? (await connectionToken(hash, environment)))
      : null
    const found = issued ?? (await owner(hash, environment))
    if (!found) throw new AuthenticationError('INVALID')
    return found
  }

  async function findSession(secret: string, environment: string | null): Promise<Found> {
    const session = await findBrowserSession(pool, hashToken(secret), sessionIdleMs)
    if (!session || session.revokedAt) throw new AuthenticationError('SIGNED_OUT')
    if (session.expired) throw new AuthenticationError('SESSION_EXPIRED')
    const { apiKeySecretId: secretId, expiresAt } = session
    const found = secretId === null ? await asOwner(environment) : await apiKey({ secretId }, environment)
    if (!found) throw new AuthenticationError('SIGNED_OUT')
    noteUse('browser_session', session)
    return { ...found, expiresAt: found.expiresAt && found.expiresAt < expiresAt ? found.expiresAt : expiresAt }
  }

  /** Whether a secret that was let in still is: where one statement for many cannot tell, as if it came anew. */
  async function confirmSecret(secret: string, environment: string | null): Promise<void> {
    // the environment that it belongs to, and was let in with, never changes
    if (!(await usable.load(hashToken(secret)))) await find(secret, environment)
  }

  // Not on the request's path: a use that goes unnoted costs nothing.
  function noteUse(table: NotedUse, { id, lastUsedAt }: { id: string; lastUsedAt: Date | null }) {
    if (lastUsedAt && Date.now() - lastUsedAt.getTime() < useNotedEveryMs) return
    markUsed(pool, table, [id]).catch(onError)
  }

  function noteUses(uses: readonly UnnotedUse[]) {
    for (const table of ['api_key', 'connection_token'] as const) {
      const ids = uses.filter((use) => use.table === table).map(({ id }) => id)
      if (ids.length > 0) markUsed(pool, table, ids).catch(onError)
    }
  }

  return async ({ authorization, session = null, environment, ip }) => {
    const bySession = authorization === null && session !== null
    const secret = bySession ? session : bearer(authorization)
    if (bySession && !isSessionSecret(secret)) throw new AuthenticationError('SIGNED_OUT')
    if (environment !== null && !isStorable(environment)) throw new AuthenticationError('ENVIRONMENT')
    const look = () => (bySession ? findSession(secret, environment) : find(secret, environment))
    const hash = hashToken(secret).toString('base64')
    const credential = `${hash} ${environment ?? ''}`
    // by what is presented, before anything is asked; then by whose it is: a key and its sessions count as one
    count(hash)
    const { caller, expiresAt } = await lookups.look(ip, hash, look)
    count(credentialOf(caller))
    return {
      caller: { ...caller, ip },
      expiresAt,
      credential,
      confirm: () => confirm(credential, bySession ? look : () => confirmSecret(secret, environment)),
    }
  }
}

function bearer(authorization: string | null): string {
  const secret = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (!secret) throw new AuthenticationError('MISSING')
  return secret
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
