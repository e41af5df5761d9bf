import { expect, test } from 'vitest'
import type { EventFieldsFragment, SyncEventType } from '../../src/dashboard/generated/documents.ts'
import { liveAgain, progressAfter, type RunProgress } from '../../src/dashboard/run/progress.ts'
import { retryOf, type RunError } from '../../src/dashboard/run/retry.ts'
import { countsOf } from './counts.ts'

const counts = (fetched: number) => ({ __typename: 'SyncCounts' as const, ...countsOf(fetched) })

const event = (type: SyncEventType, fetched: number, message: string | null = null): EventFieldsFragment => ({
  __typename: 'SyncEvent',
  sequence: '1',
  type,
  at: '2026-01-01T00:00:00Z',
  connectionId: 'connection',
  syncRunId: 'run',
  entity: 'PART',
  status: 'RUNNING',
  estimatedTotal: null,
  message,
  counts: counts(fetched),
})

const failure = (message: string, category: RunError['category'] = 'SOURCE_UNAVAILABLE'): RunError => ({
  __typename: 'SyncError',
  message,
  category,
})
const row = (fetched: number, error: RunError | null = null) =>
  ({ entity: 'PART', status: 'RUNNING', counts: counts(fetched), error }) as const

const retrying = event('ENTITY_RETRYING', 100, 'Attempt 2. It answers 503.')
const told = (...events: EventFieldsFragment[]) => progressAfter(new Map(), events)
const of = (progress: RunProgress) => progress.get('PART')

test('an attempt that has read nothing yet is told to whoever comes in the middle of it, and no longer once it has', () => {
  expect(retryOf(row(100), undefined, [retrying], undefined)?.message).toBe('Attempt 2. It answers 503.')
  expect(retryOf(row(101), undefined, [retrying], undefined)).toBeNull()
  expect(retryOf(row(100), of(told(retrying)), [], undefined)?.message).toBe('Attempt 2. It answers 503.')
  expect(retryOf(row(100), of(told(retrying, event('ENTITY_PROGRESS', 101))), [retrying], undefined)).toBeNull()
})

test('after a break what has happened counts, and nothing that was told before', () => {
  const before = liveAgain(told(retrying))
  expect(retryOf(row(101), of(before), [retrying], undefined)).toBeNull()
  expect(retryOf(row(90), of(liveAgain(told(event('ENTITY_PROGRESS', 101)))), [retrying], undefined)).toBeNull()
  const wentOn = liveAgain(told(event('ENTITY_PROGRESS', 100)))
  expect(retryOf(row(100), of(wentOn), [retrying], undefined)?.message).toBe('Attempt 2. It answers 503.')
})

test('what to do is told of the failure that is shown, and of none before', () => {
  const refused = failure('It refuses the password.', 'AUTHENTICATION')
  const unavailable = failure('It answers 503.')
  const categoryOf = (lastError: RunError, error: RunError | null = null) =>
    retryOf(row(100, error), error ? undefined : of(told(retrying)), [retrying], lastError)?.category
  expect(categoryOf(unavailable)).toBe('SOURCE_UNAVAILABLE')
  expect(categoryOf(refused)).toBeNull()
  expect(categoryOf(refused, refused)).toBe('AUTHENTICATION')
})
