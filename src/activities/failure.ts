import { ApplicationFailure } from '@temporalio/activity'
import { RateLimited, SourceError } from '../connectors/errors.ts'
import { SecretMissing, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { isTransient, StoreError } from '../store/errors.ts'
import type { Failure } from './activities.ts'

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** A fault of our own is tried a few times, in case it was not one. */
const unknownAttempts = 5

/** What an API caller is told of a failure: our own words, no body, no credential. */
export function describe(error: unknown): Failure {
  if (error instanceof SourceError) {
    return {
      category: error.category,
      code: error.name,
      message: error.message,
      retryable: error.retry === 'transient',
    }
  }
  if (error instanceof SecretMissing) {
    return { category: 'CONFIGURATION', code: error.name, message: error.message, retryable: false }
  }
  if (error instanceof SecretStoreUnavailable) {
    return { category: 'INTERNAL', code: error.name, message: error.message, retryable: true }
  }
  if (error instanceof StoreError || isTransient(error)) {
    const retryable = isTransient(error)
    return {
      category: 'INTERNAL',
      code: error instanceof Error ? error.name : 'StoreError',
      message: retryable ? 'PostgreSQL was away or busy for too long.' : 'The run was ended from outside.',
      retryable,
    }
  }
  return {
    category: 'INTERNAL',
    code: 'INTERNAL',
    message: "Something went wrong inside Syncline; the worker's log has the details.",
    retryable: true,
  }
}

/** The one place where a failure of an activity becomes Temporal's: type, whether and when to try again, and what to tell. */
export function toApplicationFailure(
  error: unknown,
  attempt: number,
  /** ISO 8601: another attempt that would come later than this is left to the next scheduled run. */
  retryUntil: string | null = null,
): ApplicationFailure {
  const failure = describe(error)
  const terminal = !failure.retryable || (failure.code === 'INTERNAL' && attempt >= unknownAttempts)
  const nextRetryDelay = retryDelayMs(error, attempt)
  const late = !terminal && retryUntil !== null && Date.now() + nextRetryDelay >= Date.parse(retryUntil)
  const told = late ? { ...failure, message: `${failure.message} ${leftToSchedule}` } : failure
  return ApplicationFailure.create({
    type: told.code,
    message: told.message,
    nonRetryable: terminal || late,
    details: [told],
    nextRetryDelay,
  })
}

const leftToSchedule =
  'No progress was made before the next scheduled sync was due; that one goes on from the last good one.'

/** 1 s → 60 s with jitter, so that entities that failed together do not come back together; Retry-After where it asks for longer. */
export function retryDelayMs(error: unknown, attempt: number): number {
  const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
  const asked = error instanceof RateLimited ? (error.retryAfterMs ?? 0) : 0
  return Math.max(backOff, asked)
}
