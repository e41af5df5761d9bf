export type AuthenticationFailure = 'MISSING' | 'INVALID' | 'REVOKED' | 'DISCONNECTED' | 'EXPIRED' | 'ENVIRONMENT'

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
}

/** Why a request was not let in. EXPIRED is apart from the rest: a client may come back with a fresh credential. */
export class AuthenticationError extends Error {
  readonly failure: AuthenticationFailure

  constructor(failure: AuthenticationFailure) {
    super(messages[failure])
    this.name = 'AuthenticationError'
    this.failure = failure
  }
}
