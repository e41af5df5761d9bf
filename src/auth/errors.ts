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

/** Why a request was not let in. */
export class AuthenticationError extends Error {
  readonly failure: AuthenticationFailure

  constructor(failure: AuthenticationFailure) {
    super(messages[failure])
    this.name = 'AuthenticationError'
    this.failure = failure
  }

  /** Apart from the rest: a client may come back with a fresh credential. */
  get expired(): boolean {
    return this.failure === 'EXPIRED' || this.failure === 'SESSION_EXPIRED'
  }
}

/** An address has presented too many credentials that nobody knows. */
export class TooManyGuesses extends Error {
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super(
      `Too many credentials that are not known here came from this address. Wait ${retryAfterSeconds} s. Credentials that this server has ` +
        'lately let in are not held up.',
    )
    this.name = 'TooManyGuesses'
    this.retryAfterSeconds = retryAfterSeconds
  }
}
