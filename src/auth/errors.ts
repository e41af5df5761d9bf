export type AuthenticationFailure =
  | 'MISSING'
  | 'INVALID'
  | 'REVOKED'
  | 'DISCONNECTED'
  | 'EXPIRED'
  | 'ENVIRONMENT'
  | 'SIGNED_OUT'
  | 'SESSION_EXPIRED'
  | 'CROSS_ORIGIN'
  | 'OPENS_NO_SESSION'

const messages: Record<AuthenticationFailure, string> = {
  MISSING:
    'No credential was sent. Send "Authorization: Bearer <key or token>" (over WebSocket as connectionParams.authorization).',
  INVALID: 'The credential is not known here. Check that it was copied whole and belongs to this installation.',
  REVOKED: 'This key or token has been revoked. Use another one, or create a new one.',
  DISCONNECTED:
    'This connection is disconnected, and its token stopped working with it. Reconnect it (reconnectConnection) to get a new one.',
  EXPIRED: 'This key or token has expired. Use the one that replaced it, or create a new one.',
  ENVIRONMENT:
    'The environment named in the request is not one that this credential belongs to. Leave it out, or name the right one.',
  SIGNED_OUT: 'This session has ended. Sign in again.',
  SESSION_EXPIRED: 'This session has expired. Sign in again.',
  OPENS_NO_SESSION: 'A connection token opens no session. Sign in with the owner key or with an API key.',
  CROSS_ORIGIN:
    'A session cookie counts only for JSON requests of a page that this server itself serves, and this is not known to be one. Programs send ' +
    '"Authorization: Bearer <key or token>". Behind a proxy that ends TLS, set SYNCLINE_PUBLIC_URL to the address that browsers use.',
}

/** One that was given out here, whatever has become of it. */
export interface KnownCredential {
  kind: 'API_KEY' | 'CONNECTION_TOKEN'
  id: string
  environmentId: string
}

/** Why a request was not let in. */
export class AuthenticationError extends Error {
  readonly failure: AuthenticationFailure
  /** What was presented, where it is known here. Callers are not told. */
  readonly credential: KnownCredential | null

  constructor(failure: AuthenticationFailure, credential: KnownCredential | null = null) {
    super(messages[failure])
    this.name = 'AuthenticationError'
    this.failure = failure
    this.credential = credential
  }

  /** Apart from the rest: a client may come back with a fresh credential. */
  get expired(): boolean {
    return this.failure === 'EXPIRED' || this.failure === 'SESSION_EXPIRED'
  }
}

/** Asked again later it may well be done. */
export abstract class TooMany extends Error {
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** More credentials that are not known here came from this network than could be looked up. */
export class TooManyLookups extends TooMany {
  constructor() {
    super(
      'Too many credentials that are not known here come from this network, so that this one could not be looked up. Try again shortly. ' +
        'Credentials that this server has lately let in are not held up.',
      1,
    )
    this.name = 'TooManyLookups'
  }
}

export class TooManyOperations extends TooMany {
  constructor(perSecond: number, burst: number, wait: number) {
    super(
      `This credential begins too many operations: it has ${perSecond} operations a second, ${burst} at once. Wait ${wait} s; ask for larger pages, ` +
        'or for several things in one operation.',
      wait,
    )
    this.name = 'TooManyOperations'
  }
}

/** An address has been refused so often that no more of it is noted. */
export class TooManyRefusals extends TooMany {
  constructor(wait: number) {
    super(`Too many refused attempts came from this address. Wait ${wait} s, and check the key.`, wait)
    this.name = 'TooManyRefusals'
  }
}
