/**
 * What a caller can act on. Each becomes a member of the mutation's result; anything else that an operation throws is a fault of ours
 * and is masked.
 */
export abstract class OperationError extends Error {
  abstract readonly code: ErrorCode
  /** Where in the input, below `input`; null when it concerns no one field. */
  readonly path: readonly string[] | null

  constructor(message: string, path: readonly string[] | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.path = path
  }
}

export type ErrorCode =
  | 'VALIDATION_FAILED'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'INSUFFICIENT_CREDITS'
  | 'CONNECTION_DISCONNECTED'
  | 'CONNECTION_PAUSED'
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_AUTH_FAILED'
  | 'SECRET_STORE_UNAVAILABLE'

export class ValidationError extends OperationError {
  readonly code = 'VALIDATION_FAILED'
}

/** Also for what exists in another environment: unknown and forbidden look the same. */
export class NotFoundError extends OperationError {
  readonly code = 'NOT_FOUND'
}

export const noSuchKey = () => new NotFoundError('There is no such API key in this environment.', ['id'])

export class ConflictError extends OperationError {
  readonly code = 'CONFLICT'
  /** The other connection that stands in the way, where it is one. */
  readonly connectionId: string | null

  constructor(message: string, path: readonly string[] | null = null, cause?: unknown, connectionId?: string) {
    super(message, path, cause)
    this.connectionId = connectionId ?? null
  }
}

/** A secret was revoked or followed by another while it was being delivered: what is at the target does not work. */
export class OvertakenError extends ConflictError {
  readonly by: 'REVOKED' | 'FOLLOWED'

  constructor(by: OvertakenError['by'], message: string, path: readonly string[]) {
    super(message, path)
    this.by = by
  }
}

export class InsufficientCreditsError extends OperationError {
  readonly code = 'INSUFFICIENT_CREDITS'
  readonly required: number
  readonly available: number

  constructor(required: number, available: number) {
    super(
      `This connection costs ${required} credit${required === 1 ? '' : 's'} and ${available} are available in this environment. ` +
        'Disconnect a connection that is no longer needed, or have the owner raise the credit total.',
    )
    this.required = required
    this.available = available
  }
}

export class ConnectionDisconnectedError extends OperationError {
  readonly code = 'CONNECTION_DISCONNECTED'
}

export const disconnected = () =>
  new ConnectionDisconnectedError(
    'The connection is disconnected, for good. Reconnect it (reconnectConnection) to sync the system again.',
    ['connectionId'],
  )

export class ConnectionPausedError extends OperationError {
  readonly code = 'CONNECTION_PAUSED'
}

export class SourceUnreachableError extends OperationError {
  readonly code = 'SOURCE_UNREACHABLE'
}

export class SourceAuthError extends OperationError {
  readonly code = 'SOURCE_AUTH_FAILED'
}

export class SecretStoreError extends OperationError {
  readonly code = 'SECRET_STORE_UNAVAILABLE'
}
