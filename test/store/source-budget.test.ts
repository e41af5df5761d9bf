import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { createSourceBudget, type LeaseRequest } from '../../src/store/source-budget.ts'
import { openFreshDatabase } from './seeded-connection.ts'

let db: Database
beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** So many processes that share the budget of a connection. */
function holders(count: number) {
  const connectionId = randomUUID()
  return Array.from({ length: count }, () => {
    const { lease, block } = createSourceBudget(db, randomUUID())
    return {
      connectionId,
      lease: (asked: Partial<LeaseRequest>) =>
        lease(connectionId, { maxInFlight: 4, requestsPerSecond: null, inFlight: 0, ...asked }),
      block: (forMs: number) => block(connectionId, forMs),
    }
  })
}

/** As if this much time had passed. */
const pass = (connectionId: string, ms: number) =>
  db.pool.query(
    `WITH lease AS (UPDATE source_lease SET expires_at = expires_at - $2 * interval '1 ms' WHERE connection_id = $1)
     UPDATE source_budget SET refilled_at = refilled_at - $2 * interval '1 ms', blocked_until = blocked_until - $2 * interval '1 ms'
     WHERE connection_id = $1`,
    [connectionId, ms],
  )

test('one process may use all', async () => {
  const [only] = holders(1)
  expect(await only?.lease({})).toEqual({ inFlight: 4, requests: null, blockedMs: 0 })
})

test('a second one waits for the first to give up its part, and together they never exceed the limit', async () => {
  const [first, second] = holders(2)
  await first?.lease({})
  expect(await second?.lease({})).toMatchObject({ inFlight: 0 })
  // all four are still under way: what is asked for is not given up by asking
  expect(await first?.lease({ inFlight: 4 })).toMatchObject({ inFlight: 2 })
  expect(await second?.lease({})).toMatchObject({ inFlight: 0 })
  expect(await first?.lease({ inFlight: 2 })).toMatchObject({ inFlight: 2 })
  expect(await second?.lease({})).toMatchObject({ inFlight: 2 })
})

test('a process that renews no more gives its part up by itself', async () => {
  const [dead, living] = holders(2)
  await dead?.lease({ inFlight: 4 })
  expect(await living?.lease({})).toMatchObject({ inFlight: 0 })
  await pass(living?.connectionId ?? '', 3_001)
  expect(await living?.lease({})).toMatchObject({ inFlight: 4 })
})

test('many processes at once share what there is, whatever the order', async () => {
  const all = holders(6)
  for (let round = 0; round < 3; round++) {
    const shares = await Promise.all(all.map((it) => it.lease({ maxInFlight: 8 })))
    const { rows } = await db.pool.query<{ n: number }>(
      'SELECT sum(in_flight)::int AS n FROM source_lease WHERE connection_id = $1',
      [all[0]?.connectionId],
    )
    expect(rows[0]?.n).toBeLessThanOrEqual(8)
    if (round === 2) {
      expect(shares.reduce((sum, it) => sum + it.inFlight, 0)).toBeLessThanOrEqual(8)
      expect(Math.min(...shares.map((it) => it.inFlight))).toBeGreaterThan(0)
    }
  }
})

test('requests are given out at the rate, in parts, and what is not fetched does not pile up beyond a second', async () => {
  const [a, b] = holders(2)
  const id = a?.connectionId ?? ''
  const limited = { requestsPerSecond: 10 }
  let began = performance.now()
  const earned = () => ((performance.now() - began) / 1_000) * limited.requestsPerSecond
  expect((await a?.lease(limited))?.requests).toBe(10)
  const shortly = (await b?.lease(limited))?.requests
  expect(shortly).toBeLessThanOrEqual(earned())
  await pass(id, 1_000)
  began = performance.now()
  expect((await a?.lease(limited))?.requests).toBe(5)
  const rest = (await b?.lease(limited))?.requests
  expect(rest).toBeGreaterThanOrEqual(5)
  expect(rest).toBeLessThanOrEqual(5 + earned())
  await pass(id, 60_000)
  expect((await a?.lease(limited))?.requests).toBe(10)
})

test('less than one request a second comes in fractions', async () => {
  const [only] = holders(1)
  const limited = { requestsPerSecond: 0.2 }
  const began = performance.now()
  expect((await only?.lease(limited))?.requests).toBe(1)
  await pass(only?.connectionId ?? '', 1_000)
  const earned = (await only?.lease(limited))?.requests
  expect(earned).toBeGreaterThanOrEqual(0.2)
  expect(earned).toBeLessThanOrEqual(0.2 * (1 + (performance.now() - began) / 1_000))
})

test('a block holds for every process, the longest counts, and takes no requests meanwhile', async () => {
  const [a, b] = holders(2)
  await a?.block(10_000)
  await b?.block(1_000)
  const slice = await b?.lease({ requestsPerSecond: 5 })
  expect(slice?.requests).toBe(0)
  expect(slice?.blockedMs).toBeGreaterThan(9_000)
  await pass(a?.connectionId ?? '', 10_001)
  expect((await a?.lease({ requestsPerSecond: 5 }))?.blockedMs).toBe(0)
})
