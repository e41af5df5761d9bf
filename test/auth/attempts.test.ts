import { expect, test } from 'vitest'
import { createAttempts } from '../../src/auth/attempts.ts'

let at = 0
const attempts = (burst = 3, addresses = 100) => createAttempts({ burst, everyMs: 1_000, addresses }, () => at)

test('so many at once, then one for each time that has passed', () => {
  const { take } = attempts()
  expect([take('192.0.2.1'), take('192.0.2.1'), take('192.0.2.1')]).toEqual([0, 0, 0])
  expect(take('192.0.2.1')).toBe(1)
  expect(take('192.0.2.2')).toBe(0)
  at += 1_000
  expect([take('192.0.2.1'), take('192.0.2.1')]).toEqual([0, 1])
  at += 60_000
  expect([take('192.0.2.1'), take('192.0.2.1'), take('192.0.2.1'), take('192.0.2.1')]).toEqual([0, 0, 0, 1])
})

test('a network of IPv6 counts as one, and so does what has no address', () => {
  const { take } = attempts(1)
  expect([take('2001:db8::1'), take('2001:db8::ffff:2'), take('2001:db8:0:1::1')]).toEqual([0, 1, 0])
  expect([take('192.0.2.9'), take('::ffff:192.0.2.9')]).toEqual([0, 1])
  expect([take(null), take('nonsense')]).toEqual([0, 1])
})

test('it remembers so many addresses, and forgets the one that has been quiet longest', () => {
  const { take } = attempts(1, 2)
  expect([take('192.0.2.1'), take('192.0.2.2'), take('192.0.2.3')]).toEqual([0, 0, 0])
  expect([take('192.0.2.3'), take('192.0.2.1')]).toEqual([1, 0])
})
