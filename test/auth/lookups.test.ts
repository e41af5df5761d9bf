import { expect, test } from 'vitest'
import { AuthenticationError, TooManyLookups } from '../../src/auth/errors.ts'
import { createLookups } from '../../src/auth/lookups.ts'

const limits = { atOnce: 1, waiting: 2, waitMs: 60_000, remembered: 2 }
const good = () => Promise.resolve('in')
const wrong = () => Promise.reject(new AuthenticationError('INVALID'))
const away = () => Promise.reject(new Error('PostgreSQL is away'))

const outcomeOf = (attempt: Promise<unknown>) =>
  attempt.catch((error: unknown) => (error instanceof TooManyLookups ? 'turned away' : 'refused'))

/** Looks that end when a test says so, in the order in which they began. */
function heldLooks() {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const find = (credential: string) => () =>
    new Promise<string>((resolve, reject) => {
      begun.push(credential)
      ends.set(credential, () =>
        credential.startsWith('good') ? resolve('in') : reject(new AuthenticationError('INVALID')),
      )
    })
  return { begun, find, end: (credential: string) => ends.get(credential)?.() }
}

test('what nobody knows is looked up so many at a time; one too many of a network is turned away, not of another', async () => {
  const { look } = createLookups(limits)
  const { begun, find, end } = heldLooks()
  const [, second, third, fourth] = ['a', 'b', 'c', 'd'].map((one) => outcomeOf(look('192.0.2.1', one, find(one))))
  const other = outcomeOf(look('192.0.2.2', 'good', find('good')))
  expect(await fourth).toBe('turned away')
  expect(begun).toEqual(['a'])
  end('a')
  await expect.poll(() => begun).toEqual(['a', 'b'])
  end('b')
  expect(await second).toBe('refused')
  // networks come by turns
  await expect.poll(() => begun).toEqual(['a', 'b', 'good'])
  end('good')
  expect(await other).toBe('in')
  await expect.poll(() => begun).toEqual(['a', 'b', 'good', 'c'])
  end('c')
  expect(await third).toBe('refused')
})

test('a turn that does not come in time is none', async () => {
  const { look } = createLookups({ ...limits, waitMs: 1 })
  const { find, end } = heldLooks()
  const first = outcomeOf(look(null, 'a', find('a')))
  expect(await outcomeOf(look(null, 'b', find('b')))).toBe('turned away')
  end('a')
  expect(await first).toBe('refused')
  expect(await outcomeOf(look(null, 'c', good))).toBe('in')
})

test('a credential that is known to be good, or was given out here, waits for nobody', async () => {
  const { look, remember } = createLookups(limits)
  const { find, end } = heldLooks()
  expect(await outcomeOf(look(null, 'used', good))).toBe('in')
  remember('issued')
  const held = outcomeOf(look(null, 'a', find('a')))
  expect(await Promise.all(['used', 'issued'].map((one) => look(null, one, good)))).toEqual(['in', 'in'])
  end('a')
  expect(await held).toBe('refused')
})

test('many who start at once with one good credential wait for the first of them alone', async () => {
  const { look } = createLookups(limits)
  const { begun, find, end } = heldLooks()
  const first = look(null, 'good', find('good'))
  const junk = outcomeOf(look(null, 'a', find('a')))
  const second = look(null, 'good', good)
  await expect.poll(() => begun).toEqual(['good'])
  end('good')
  expect(await Promise.all([first, second])).toEqual(['in', 'in'])
  await expect.poll(() => begun).toEqual(['good', 'a'])
  end('a')
  expect(await junk).toBe('refused')
})

test('what has ended is forgotten, what failed on our side is not; so many are remembered, those that were used last', async () => {
  const { look } = createLookups(limits)
  const { find, end } = heldLooks()
  const use = (credential: string, find = good) => outcomeOf(look(null, credential, find))
  for (const credential of ['a', 'b', 'a', 'c']) expect(await use(credential)).toBe('in')
  expect(await use('a', away)).toBe('refused')
  const held = [use('x', find('x')), use('y', find('y')), use('z', find('z'))]
  expect([await use('a'), await use('c'), await use('b')]).toEqual(['in', 'in', 'turned away'])
  expect(await use('a', wrong)).toBe('refused')
  expect(await use('a')).toBe('turned away')
  for (const one of ['x', 'y', 'z']) {
    await expect.poll(() => end(one) ?? true).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await Promise.all(held)).toEqual(['refused', 'refused', 'refused'])
})
