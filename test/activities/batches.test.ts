import { afterEach, expect, test, vi } from 'vitest'
import { batches, batchLimits, type PreparedBatch } from '../../src/activities/batches.ts'
import type { Page } from '../../src/connectors/contract.ts'
import { allOf } from './all-of.ts'
import { atOnce, controlledPages, manyMapped, mapped, pageOf, placed, rejectedRecord } from './page-source.ts'

afterEach(() => {
  vi.useRealTimers()
})

const limits = { rows: 10, bytes: 1_000, waitMs: 1_000 }

async function* given(...pages: Page[]) {
  yield* pages
}

const shape = ({ rows, rejected, place, last }: PreparedBatch) => ({
  rows: rows.length,
  rejected: rejected.length,
  cursor: place && 'after' in place ? place.after : null,
  last,
})
const gather = async (pages: AsyncIterable<Page>, until: Date | null = null) =>
  (await allOf(batches(placed(pages, until), limits, atOnce))).map(shape)
const whole = (rows: number, cursor: string | null, rejected = 0) => ({ rows, rejected, cursor, last: false })

test('pages are gathered up to the most rows, and none is torn', async () => {
  const pages = given(pageOf('a', manyMapped(4, 'a')), pageOf('b', manyMapped(6, 'b')), pageOf('c', manyMapped(1, 'c')))
  expect(await gather(pages)).toEqual([whole(10, 'b'), whole(1, 'c')])
})

test('pages are gathered up to the most bytes', async () => {
  const pages = given(
    pageOf('a', manyMapped(2, 'a', 300)),
    pageOf('b', manyMapped(1, 'b', 300)),
    pageOf('c', manyMapped(2, 'c', 300)),
  )
  expect(await gather(pages)).toEqual([whole(3, 'b'), whole(2, 'c')])
})

test('a page larger than a batch is cut, and its cursor stands only behind its last part', async () => {
  const pages = given(
    pageOf('a', manyMapped(3, 'a')),
    pageOf('b', [...manyMapped(25, 'b'), rejectedRecord('x')]),
    pageOf('c', manyMapped(2, 'c')),
  )
  const made = await allOf(batches(placed(pages), limits, atOnce))
  // 25 in three parts; the page behind it no longer fits beside the last
  expect(made.map(shape)).toEqual([whole(3, 'a'), whole(9, 'a'), whole(9, 'a'), whole(10 - 1, 'c', 1)])
  const ids = made.flatMap((batch) => batch.rows.map((row) => row.externalId))
  expect(ids).toEqual(
    [...manyMapped(3, 'a'), ...manyMapped(25, 'b'), ...manyMapped(2, 'c')].map((it) =>
      'record' in it ? it.record.externalId : '',
    ),
  )
})

test('a first page larger than a batch has no cursor until its last part', async () => {
  expect(await gather(given(pageOf('a', manyMapped(12, 'a'))))).toEqual([whole(6, null), whole(6, 'a')])
})

test('rejected records count for a batch, and pages without any record are no batch', async () => {
  const bad = Array.from({ length: 6 }, (_, i) => rejectedRecord(`r${i}`))
  expect(await gather(given(pageOf('a', bad), pageOf('b', []), pageOf('c', bad)))).toEqual([
    whole(0, 'b', 6),
    whole(0, 'c', 6),
  ])
  expect(await gather(given(pageOf('a', [])))).toEqual([])
  expect(await gather(given())).toEqual([])
})

test('what has come within the wait is handed on while the next page is still under way', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const source = controlledPages()
  const made = batches(placed(source.pages), limits, atOnce)
  const first = made.next()
  source.page(pageOf('a', manyMapped(2, 'a')))
  await vi.advanceTimersByTimeAsync(400)
  source.page(pageOf('b', manyMapped(2, 'b')))
  await vi.advanceTimersByTimeAsync(599)
  let came = false
  void first.then(() => {
    came = true
  })
  await vi.advanceTimersByTimeAsync(0)
  expect(came).toBe(false)
  await vi.advanceTimersByTimeAsync(1) // one second after the first page came
  expect(shape((await first).value)).toEqual(whole(4, 'b'))
  const second = made.next()
  source.page(pageOf('c', manyMapped(1, 'c')))
  source.end()
  expect(shape((await second).value)).toEqual(whole(1, 'c'))
  expect((await made.next()).done).toBe(true)
})

test('a failure comes after all that came before it: a source that fails again and again is read further each time', async () => {
  const source = controlledPages()
  source.page(pageOf('a', manyMapped(9, 'a')))
  source.page(pageOf('b', manyMapped(5, 'b')))
  source.fail(new Error('the source broke'))
  const made = batches(placed(source.pages), limits, atOnce)
  expect(shape((await made.next()).value)).toEqual(whole(9, 'a'))
  expect(shape((await made.next()).value)).toEqual(whole(5, 'b'))
  await expect(made.next()).rejects.toThrow('the source broke')
  expect(source.state.returned).toBe(true)
})

test('leaving early ends the source', async () => {
  const source = controlledPages()
  source.page(pageOf('a', manyMapped(9, 'a')))
  source.page(pageOf('b', manyMapped(9, 'b')))
  for await (const _ of batches(placed(source.pages), limits, atOnce)) break
  expect(source.state.returned).toBe(true)
})

test('paging stops behind the first page that lies wholly beyond the end', async () => {
  const until = new Date('2026-03-01T00:00:00.000Z')
  const at = (ms: number, id: string) => mapped(id, { updated: new Date(until.getTime() + ms) })
  const source = controlledPages()
  source.page(pageOf('a', [at(-5, '1'), at(1, '2')]))
  source.page(pageOf('b', [at(1, '3'), at(0, '4')])) // exactly at the end is not beyond it
  source.page(pageOf('c', [at(1, '5'), at(2, '6')]))
  source.page(pageOf('d', [at(3, '7')]))
  expect((await allOf(batches(placed(source.pages, until), limits, atOnce))).map(shape)).toEqual([
    { rows: 6, rejected: 0, cursor: 'c', last: true },
  ])
  expect(source.state.returned).toBe(true)
})

test('neither records without a stamp nor rejected ones are beyond the end', async () => {
  const until = new Date(0)
  const late = mapped('late', { updated: new Date() })
  const pages = [pageOf('a', [late, mapped('unstamped')]), pageOf('b', [rejectedRecord('r')]), pageOf('c', [])]
  expect(await gather(given(...pages), until)).toEqual([whole(2, 'c', 1)])
})

test('the limits are those of the design', () => {
  expect(batchLimits).toEqual({ rows: 5_000, bytes: 8 * 1024 * 1024, waitMs: 1_000 })
})
