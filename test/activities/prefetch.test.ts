import { expect, test } from 'vitest'
import { prefetch } from '../../src/activities/prefetch.ts'
import { eventually } from '../eventually.ts'
import { allOf } from './all-of.ts'

/** Numbers from 1, and what became of their source. */
function numbers(failAt = Number.POSITIVE_INFINITY) {
  const seen = { pulled: 0, ended: false }
  async function* source() {
    try {
      for (let n = 1; ; n++) {
        seen.pulled = n
        await Promise.resolve()
        if (n === failAt) throw new Error(`failed at ${n}`)
        yield n
      }
    } finally {
      seen.ended = true
    }
  }
  return { source: source(), seen }
}

test('it hands on every item in order', async () => {
  async function* three() {
    yield* [1, 2, 3]
  }
  expect(await allOf(prefetch(three(), { depth: 2 }))).toEqual([1, 2, 3])
  expect(await allOf(prefetch(three(), { depth: 10 }))).toEqual([1, 2, 3])
})

test('it asks for so many items ahead of the one in hand, and no more', async () => {
  const { source, seen } = numbers()
  const items = prefetch(source, { depth: 2 })
  await items.next()
  await eventually('two items ahead', () => seen.pulled === 3)
  await new Promise(setImmediate)
  expect(seen.pulled).toBe(3)
  await items.return(undefined)
})

test('leaving early ends the source', async () => {
  const { source, seen } = numbers()
  for await (const n of prefetch(source, { depth: 3 })) if (n === 2) break
  await eventually('the end of the source', () => seen.ended)
})

test('a source that does not answer does not keep the consumer from leaving', async () => {
  let returned = false
  const stuck: AsyncIterable<number> = {
    [Symbol.asyncIterator]() {
      let n = 0
      return {
        next: () => (n++ === 0 ? Promise.resolve({ done: false, value: 1 }) : new Promise(() => {})),
        return: () => {
          returned = true
          return new Promise(() => {})
        },
      }
    },
  }
  for await (const _ of prefetch(stuck, { depth: 2 })) break
  expect(returned).toBe(true)
})

test('a failure comes in the place of the item that failed, after those before it', async () => {
  const { source, seen } = numbers(4)
  const met: number[] = []
  await expect(
    (async () => {
      for await (const n of prefetch(source, { depth: 3 })) met.push(n)
    })(),
  ).rejects.toThrow('failed at 4')
  expect(met).toEqual([1, 2, 3])
  expect(seen.ended).toBe(true)
})

test('a failure ahead of a consumer that has left is nobody’s', async () => {
  const { source, seen } = numbers(3)
  for await (const _ of prefetch(source, { depth: 3 })) break
  await eventually('the end of the source', () => seen.ended)
})

test('of heavy items fewer are fetched ahead, one in any case', async () => {
  let asked = 0
  async function* heavy() {
    for (let i = 1; i <= 6; i++) {
      asked = i
      yield 10
    }
  }
  const aheadOf = async (mostWeight: number) => {
    const items = prefetch(heavy(), { depth: 4, weigh: (weight) => weight, mostWeight })
    await items.next()
    await items.next()
    await new Promise(setImmediate)
    const ahead = asked - 2
    await items.return(undefined)
    return ahead
  }
  expect([await aheadOf(1), await aheadOf(20), await aheadOf(1_000)]).toEqual([1, 2, 4])
})
