import { ApplicationFailure } from '@temporalio/activity'
import { RateLimited, SourceError } from '../connectors/errors.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { FenceLost, isTransient, StoreError } from '../store/errors.ts'
import type { Failure } from './activities.ts'
import { NoProgress } from './progress.ts'

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
  if (error instanceof SecretMissing || error instanceof SecretStoreDenied) {
    return { category: 'CONFIGURATION', code: error.name, message: error.message, retryable: false }
  }
  if (error instanceof SecretStoreUnavailable) {
    return { category: 'INTERNAL', code: error.name, message: error.message, retryable: true }
  }
  if (error instanceof FenceLost && error.retry === 'transient') {
    const message = 'Another attempt had taken over; a new one goes on from the last batch.'
    return { category: 'INTERNAL', code: error.name, message, retryable: true }
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
  if (error instanceof NoProgress) {
    return { category: 'INTERNAL', code: 'NO_PROGRESS', message: error.message, retryable: true }
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
  ends: RetryEnds = {},
  { credentialsRef }: { credentialsRef: string | null } = { credentialsRef: null },
): ApplicationFailure {
  const failure = describe(error)
  const terminal = !failure.retryable || (failure.code === 'INTERNAL' && attempt >= unknownAttempts)
  const nextRetryDelay = retryDelayMs(error, attempt)
  const over = terminal ? null : overBefore((ends.now ?? Date.now()) + nextRetryDelay, ends)
  const told = {
    ...failure,
    ...(over && { message: `${failure.message} ${over}` }),
    ...(failure.category === 'AUTHENTICATION' && credentialsRef && { credentialsRef }),
  }
  return ApplicationFailure.create({
    type: told.code,
    message: told.message,
    nonRetryable: terminal || over !== null,
    details: [told],
    nextRetryDelay,
  })
}

/** When retries without progress end. */
export interface RetryEnds {
  /** In the clock of the others; absent: ours. */
  now?: number
  /** ISO 8601: another attempt that would come later than this is left to the next scheduled run. */
  due?: string | null
  patienceEnds?: Date | null
}

/** Why an attempt at this time would come too late; null: it does not. */
export function overBefore(next: number, { due, patienceEnds }: RetryEnds): string | null {
  if (due && next >= Date.parse(due)) return leftToSchedule
  return patienceEnds && next >= patienceEnds.getTime() ? outOfPatience : null
}

const outOfPatience =
  'No progress was made, or is to be expected, for so long that retries have ended. See to the source, then start the sync again.'

const leftToSchedule =
  'No progress was made before the next scheduled sync was due; that one goes on from the last good one.'

/** 1 s → 60 s with jitter, so that entities that failed together do not come back together; Retry-After where it asks for longer. */
function retryDelayMs(error: unknown, attempt: number): number {
  const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
  const asked = error instanceof RateLimited ? (error.retryAfterMs ?? 0) : 0
  return Math.max(backOff, asked)
}
