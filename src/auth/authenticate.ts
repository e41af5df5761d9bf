import type pg from 'pg'
import type { Querier } from '../store/line.ts'
import { isStorable } from '../store/storable-text.ts'
import { type Caller, credentialOf } from './caller.ts'
import { createConfirmations } from './confirmations.ts'
import { AuthenticationError } from './errors.ts'
import { createFindCaller } from './find-caller.ts'
import { createLookups, type Lookups } from './lookups.ts'
import { createOperationRate } from './operation-rate.ts'
import { isSessionSecret } from './session-secret.ts'
import { createStillUsable } from './still-usable.ts'
import { hashToken } from './token.ts'
import { createUses } from './uses.ts'

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

export interface AuthenticatorOptions {
  pool: pg.Pool
  /** On which credentials are confirmed: what was asked on it before a confirmation is not newer than what that says. */
  line?: Querier
  onError: (error: Error) => void
  lookups?: Lookups
  /** Of one credential in this process; 0: as many as it likes. */
  operationsPerSecond?: number
}

export function createAuthenticator({
  pool,
  line = pool,
  onError,
  lookups = createLookups(),
  operationsPerSecond = 0,
}: AuthenticatorOptions): Authenticate {
  const confirm = createConfirmations()
  const count = createOperationRate(operationsPerSecond)
  const uses = createUses(pool, onError)
  const find = createFindCaller(pool, uses)
  const still = createStillUsable(line, uses)

  return async ({ authorization, session = null, environment, ip }) => {
    const bySession = authorization === null && session !== null
    const secret = bySession ? session : bearer(authorization)
    if (bySession && !isSessionSecret(secret)) throw new AuthenticationError('SIGNED_OUT')
    if (environment !== null && !isStorable(environment)) throw new AuthenticationError('ENVIRONMENT')
    const look = () => (bySession ? find.bySession(secret, environment) : find.bySecret(secret, environment))
    const hash = hashToken(secret).toString('base64')
    const credential = `${hash} ${environment ?? ''}`
    // by what is presented, before anything is asked; then by whose it is: a key and its sessions count as one
    count(hash)
    const { caller, expiresAt } = await lookups.look(ip, hash, look)
    count(credentialOf(caller))

    async function lookAgain() {
      // the environment that it belongs to, and was let in with, never changes
      const usable = bySession ? still.ofSession(secret) : still.ofSecret(secret)
      if (!(await usable)) await look()
    }

    return { caller: { ...caller, ip }, expiresAt, credential, confirm: () => confirm(credential, lookAgain) }
  }
}

function bearer(authorization: string | null): string {
  const secret = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  if (!secret) throw new AuthenticationError('MISSING')
  return secret
}
