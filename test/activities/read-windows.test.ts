import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readWindows, type WindowInput } from '../../src/activities/read-windows.ts'
import type { Page } from '../../src/connectors/contract.ts'

const day = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString()
/** Windows of the first days of a year, of which none has begun. */
const days = (count: number, chains: number) => ({
  bounds: [null, ...Array.from({ length: count }, (_, i) => day(i + 1))],
  chains,
  next: 0,
  open: {},
})
const page = (cursor: string, bytes = 0): Page => ({ cursor, bytes, records: () => [] })
const nameOf = ({ from }: WindowInput) => from?.toISOString() ?? 'first'

test('pages that have been handed on are let go while one chain waits for its answer', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const pages: WeakRef<Page>[] = []
  let answer = () => {}
  const slow = new Promise<void>((resolve) => {
    answer = resolve
  })
  async function* read({ from }: { from: Date | null }): AsyncGenerator<Page> {
    if (from === null) {
      await slow
      return
    }
    for (let i = 0; i < 100; i++) {
      const page = { cursor: String(i), records: () => [] }
      pages.push(new WeakRef(page))
      await new Promise((resolve) => setImmediate(resolve))
      yield page
    }
  }
  const bounds = [null, '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']
  const reading = readWindows({ bounds, chains: 2, next: 0, open: {} }, 1, read)
  for (let i = 0; i < 90; i++) await reading.next()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const held = pages.filter((page) => page.deref()).length
  answer()
  await reading.return(undefined)
  expect(held).toBeLessThan(10)
})

test('a failure comes after every page that has arrived', async () => {
  let fail = () => {}
  const failing = new Promise<never>((_, reject) => {
    fail = () => reject(new Error('the source broke'))
  })
  async function* read({ from }: WindowInput): AsyncGenerator<Page> {
    if (from === null) await failing
    yield page('a')
    await failing
  }
  const reading = readWindows(days(3, 3), 1, read)
  const first = reading.next()
  fail()
  expect((await first).value?.page.cursor).toBe('a')
  expect((await reading.next()).value?.page.cursor).toBe('a')
  await expect(reading.next()).rejects.toThrow('the source broke')
})

test('leaving early ends every chain', async () => {
  const ended: string[] = []
  async function* read(asked: WindowInput): AsyncGenerator<Page> {
    try {
      for (let i = 0; ; i++) yield page(String(i))
    } finally {
      ended.push(nameOf(asked))
    }
  }
  for await (const _ of readWindows(days(5, 3), 1, read)) break
  // the ends of those that were asked for another page come when that has come
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended.sort()).toEqual([day(1), day(2), 'first'].sort())
})

test('a reading that goes on begins no more windows at once than it may, open ones first', async () => {
  const begun: string[] = []
  async function* read(asked: WindowInput): AsyncGenerator<Page> {
    begun.push(`${nameOf(asked)} ${asked.after}`)
    yield page('last')
  }
  const from = { ...days(4, 1), next: 3, open: { 0: 'x', 2: null } }
  const open: number[] = []
  for await (const { place } of readWindows(from, 1, read)) {
    open.push('windows' in place ? Object.keys(place.windows?.open ?? {}).length : -1)
  }
  expect(begun).toEqual(['first x', `${day(2)} null`, `${day(3)} null`])
  expect(open).toEqual([2, 1, 1])
})

test('behind a page as large as a batch no further chain begins', async () => {
  const begun: string[] = []
  async function* read(asked: WindowInput): AsyncGenerator<Page> {
    begun.push(nameOf(asked))
    yield page('a', 3 * 1024 * 1024)
    yield page('b')
  }
  const reading = readWindows(days(4, 2), 1, read)
  const seen: number[] = []
  for await (const _ of reading) seen.push(begun.length)
  expect(seen).toHaveLength(8)
  // two have begun before the first page told; the third begins when both have ended
  expect(seen.slice(0, 4)).toEqual([2, 2, 2, 2])
})

test('a chain that ends while its next page is waited for does not hold up the end', async () => {
  async function* read(): AsyncGenerator<Page> {
    yield page('a')
    await new Promise(() => {})
  }
  const reading = readWindows(days(1, 1), 1, read)
  const first = await reading.next()
  const second = reading.next()
  expect(first.value?.isLast(new Date(day(20)))).toBe(false)
  expect((await second).done).toBe(true)
})
