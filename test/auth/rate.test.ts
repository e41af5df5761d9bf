import { expect, test } from 'vitest'
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
