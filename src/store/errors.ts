/** What the store refuses. transient: the same transaction may succeed when it is tried again. */
export abstract class StoreError extends Error {
  abstract readonly retry: 'transient' | 'terminal'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
  }
}

/**
 * Another attempt has taken the fence, or the entity run was ended from outside: whoever holds the old fence writes nothing. It may have been an
 * attempt that woke late, so that the one that is alive takes a new fence and goes on.
 */
export class FenceLost extends StoreError {
  readonly retry: 'transient' | 'terminal' = 'transient'
}

/** The entity run has ended or is being canceled: no attempt of it takes a fence any more. */
export class RunEnded extends FenceLost {
  override readonly retry = 'terminal'
}

/** The connection is disconnected: nothing of it changes any more. */
export class ConnectionGone extends StoreError {
  readonly retry = 'terminal'
}

/** A run reads the entity: it alone may change its records until it ends. */
export class EntityBusy extends StoreError {
  readonly retry = 'terminal'
}

/** A lock, deadlock or serialization time-out, or PostgreSQL away for a moment. */
export class StoreBusy extends StoreError {
  readonly retry = 'transient'
}

/** What has committed could not be announced: its readers hear of it at their next poll. */
export class Unannounced extends StoreError {
  readonly retry = 'transient'
}

/** Somebody holds a lock for longer than this one waits for it; PostgreSQL is there. */
export class LockTimeout extends StoreBusy {}

/** The environment's pool does not hold what a connection costs. */
export class CreditsExhausted extends StoreError {
  readonly retry = 'terminal'
  readonly available: number

  constructor(available: number) {
    super('not enough credits')
    this.available = available
  }
}

/** Connections hold more credits than the pool is to have. */
export class CreditsInUse extends StoreError {
  readonly retry = 'terminal'
  readonly used: number

  constructor(used: number) {
    super('more credits are in use')
    this.used = used
  }
}

const lockNotAvailable = '55P03'
const readOnly = '25006' // read_only_sql_transaction

const transientCodes = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  lockNotAvailable, // lock_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57014', // query_canceled: statement_timeout
  readOnly,
  '08000',
  '08001',
  '08003',
  '08004',
  '08006', // connection exceptions
  '53100', // disk_full
  '53300', // too_many_connections
  // while a failover moves the name to another host
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether PostgreSQL, or the way to it, failed in a way that passes. */
export function isTransient(error: unknown): boolean {
  if (error instanceof StoreError) return error.retry === 'transient'
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (
    transientCodes.has(code) ||
    /Connection terminated|is not queryable|timeout exceeded when trying to connect|Query read timeout/.test(
      error.message,
    )
  )
}

/** Whether the connection leads to a standby, as one does that was opened before a failover: a new one may lead to the primary. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === readOnly
}

export function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === lockNotAvailable
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}
