import { afterEach, expect, test, vi } from 'vitest'
import { describe as tell, toApplicationFailure } from '../../src/activities/failure.ts'
import {
  AccessDenied,
  AnswerInvalid,
  ConfigurationInvalid,
  CredentialsRejected,
  RateLimited,
  SourceUnavailable,
} from '../../src/connectors/errors.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { ConnectionGone, FenceLost, RunEnded, StoreBusy } from '../../src/store/errors.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const pg = (code: string) => Object.assign(new Error('canceling statement due to lock timeout'), { code })

test.each([
  [new CredentialsRejected('401 at erp.example'), 'AUTHENTICATION', 'CredentialsRejected', false],
  [new AccessDenied('403 at erp.example'), 'PERMISSION', 'AccessDenied', false],
  [new ConfigurationInvalid('no such set'), 'CONFIGURATION', 'ConfigurationInvalid', false],
  [new RateLimited('429 at erp.example'), 'RATE_LIMIT', 'RateLimited', true],
  [new SourceUnavailable('503 at erp.example'), 'SOURCE_UNAVAILABLE', 'SourceUnavailable', true],
  [new AnswerInvalid('not JSON'), 'SOURCE_DATA', 'AnswerInvalid', true],
  [new SecretMissing('it was destroyed'), 'CONFIGURATION', 'SecretMissing', false],
  [new SecretStoreDenied('the policy forbids it'), 'CONFIGURATION', 'SecretStoreDenied', false],
  [new SecretStoreUnavailable('the store is away'), 'INTERNAL', 'SecretStoreUnavailable', true],
  [new FenceLost('taken over'), 'INTERNAL', 'FenceLost', true],
  [new RunEnded('ended'), 'INTERNAL', 'RunEnded', false],
  [new ConnectionGone('disconnected'), 'INTERNAL', 'ConnectionGone', false],
  [new StoreBusy('lock timeout'), 'INTERNAL', 'StoreBusy', true],
  [pg('55P03'), 'INTERNAL', 'Error', true],
  [new TypeError('x is not a function at secret.ts:1'), 'INTERNAL', 'INTERNAL', true],
] as const)('%s becomes %s / %s', (error, category, code, retryable) => {
  expect(tell(error)).toMatchObject({ category, code, retryable })
  const failure = toApplicationFailure(error, 1)
  expect(failure).toMatchObject({
    type: code,
    nonRetryable: !retryable,
    details: [tell(error)],
    message: tell(error).message,
  })
})

test.each(['25006', '57014', '53100', '08001', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])(
  'PostgreSQL away or in a failover (%s) is waited for, however many attempts that takes',
  (code) => {
    expect(toApplicationFailure(pg(code), 100)).toMatchObject({ nonRetryable: false, details: [{ retryable: true }] })
  },
)

test('what is not the source’s own is told in our words: no statement, no stack, no value', () => {
  for (const error of [pg('40P01'), new TypeError('hunter2'), 'hunter2', null]) {
    const told = JSON.stringify([
      tell(error),
      toApplicationFailure(error, 1).message,
      toApplicationFailure(error, 1).details,
    ])
    expect(told).not.toMatch(/hunter2|canceling statement/)
  }
})

test('a fault of our own is tried five times', () => {
  const attempts = [1, 4, 5, 6].map((attempt) => toApplicationFailure(new TypeError('x'), attempt).nonRetryable)
  expect(attempts).toEqual([false, false, true, true])
  expect(toApplicationFailure(new SourceUnavailable('x'), 1_000).nonRetryable).toBe(false)
})

test('the back-off doubles from a second to a minute, with jitter of half', () => {
  const delay = (attempt: number) => Number(toApplicationFailure(new SourceUnavailable('x'), attempt).nextRetryDelay)
  vi.spyOn(Math, 'random').mockReturnValue(0)
  expect([1, 2, 6, 7, 50].map(delay)).toEqual([500, 1_000, 16_000, 30_000, 30_000])
  vi.spyOn(Math, 'random').mockReturnValue(0.999_999)
  expect([1, 2, 7, 50].map((attempt) => Math.round(delay(attempt)))).toEqual([1_000, 2_000, 60_000, 60_000])
})

test('Retry-After is kept where it asks for longer, and never shortens the back-off', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  const delay = (retryAfterMs: number, attempt: number) =>
    toApplicationFailure(new RateLimited('429', { retryAfterMs }), attempt).nextRetryDelay
  expect(delay(90_000, 1)).toBe(90_000)
  expect(delay(100, 3)).toBe(4_000)
})
