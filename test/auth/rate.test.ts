import { expect, test } from 'vitest'
import { AuthenticationError, TooManyGuesses } from '../../src/auth/errors.ts'
import { createGuessLimit } from '../../src/auth/guesses.ts'
import { createRate } from '../../src/auth/rate.ts'

let at = 0

test('a rate gives its burst, then what time has earned, and what was given back again', () => {
  const { take, giveBack } = createRate({ burst: 2, everyMs: 100, keys: 10 }, () => at)
  expect([take('a'), take('a'), take('a'), take('b')]).toEqual([0, 0, 1, 0])
  giveBack('a')
  giveBack('never taken')
  expect([take('a'), take('a')]).toEqual([0, 1])
  at += 100
  expect([take('a'), take('a')]).toEqual([0, 1])
})

test('a rate remembers so many keys', () => {
  const { take } = createRate({ burst: 1, everyMs: 1_000, keys: 2 }, () => at)
  expect([take('a'), take('b'), take('c')]).toEqual([0, 0, 0])
  expect([take('c'), take('a')]).toEqual([1, 0])
})

const limits = { burst: 2, everyMs: 1_000, addresses: 10, remembered: 2 }
const good = () => Promise.resolve('in')
const wrong = () => Promise.reject(new AuthenticationError('INVALID'))
const away = () => Promise.reject(new Error('PostgreSQL is away'))

async function outcomeOf(attempt: Promise<unknown>) {
  try {
    return await attempt
  } catch (error) {
    return error instanceof TooManyGuesses ? error.retryAfterSeconds : 'refused'
  }
}

test('guesses beyond the burst wait, those made at the same time too, and time earns new ones', async () => {
  const guarded = createGuessLimit(limits, () => at)
  const guess = (credential: string) => outcomeOf(guarded('192.0.2.1', credential, wrong))
  expect(await Promise.all(['a', 'b', 'c'].map(guess))).toEqual(['refused', 'refused', 1])
  at += 1_000
  expect([await guess('d'), await guess('e')]).toEqual(['refused', 1])
})

test('no look-up that failed on our side counts', async () => {
  const guarded = createGuessLimit(limits, () => at)
  for (let i = 0; i < 5; i++) expect(await outcomeOf(guarded('192.0.2.1', `k${i}`, away))).toBe('refused')
  expect(await outcomeOf(guarded('192.0.2.1', 'k', good))).toBe('in')
})

test('so many good credentials are remembered, those that were used last', async () => {
  const guarded = createGuessLimit(limits, () => at)
  const use = (credential: string) => outcomeOf(guarded('192.0.2.1', credential, good))
  for (const credential of ['a', 'b', 'a', 'c']) expect(await use(credential)).toBe('in')
  for (const credential of ['x', 'y']) await outcomeOf(guarded('192.0.2.1', credential, wrong))
  expect([await use('a'), await use('c'), await use('b')]).toEqual(['in', 'in', 1])
})
