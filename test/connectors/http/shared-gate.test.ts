import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RateLimited } from '../../../src/connectors/errors.ts'
import { type BudgetSlice, createSourceGates, type SourceBudget } from '../../../src/connectors/http/source-gates.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const idle = () => new AbortController().signal

/** A gate over a budget that a test sets, and how it stands. */
function rig(given: Partial<BudgetSlice> = {}) {
  const slice = { inFlight: 100, requests: null as number | null, blockedMs: 0, ...given }
  const seen = { leases: [] as number[], blocks: [] as number[], fails: false }
  const budget: SourceBudget = {
    async lease(_, { inFlight }) {
      seen.leases.push(inFlight)
      if (seen.fails) throw new Error('PostgreSQL is away')
      return slice
    },
    async block(_, forMs) {
      seen.blocks.push(forMs)
    },
  }
  const gate = createSourceGates(budget)('connection', { maxInFlight: 100, requestsPerSecond: slice.requests })
  const begun: (() => void)[] = []
  const ask = async (signal = idle()) => {
    begun.push(await gate.acquire(signal))
  }
  return { gate, slice, seen, begun, ask, askMany: (n: number) => Array.from({ length: n }, () => ask()) }
}

test('an unlimited connection asks the budget once a second, not once a request', async () => {
  const { askMany, seen, begun } = rig()
  for (let second = 0; second < 3; second++) {
    await Promise.all(askMany(50))
    for (const release of begun.splice(0)) release()
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(seen.leases.length).toBeLessThanOrEqual(4)
})

test('no more requests are under way than its part allows; the next begins when one ends', async () => {
  const { askMany, begun } = rig({ inFlight: 2 })
  void askMany(5)
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toHaveLength(2)
  begun[0]?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toHaveLength(3)
})

test('a limited connection spreads its requests, and begins no more in a second than it was given', async () => {
  const { askMany, begun } = rig({ requests: 4 })
  void askMany(12)
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(999)
  expect(begun).toHaveLength(4)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(begun).toHaveLength(12)
})

test('parts of a request add up to one', async () => {
  const { askMany, begun } = rig({ requests: 0.25 })
  void askMany(3)
  await vi.advanceTimersByTimeAsync(2_900)
  expect(begun).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(4_200)
  expect(begun).toHaveLength(2)
})

test('whoever waits is let go at once when aborted, and takes nothing', async () => {
  const { gate, begun, askMany } = rig({ inFlight: 1 })
  void askMany(1)
  await vi.advanceTimersByTimeAsync(0)
  const controller = new AbortController()
  const reason = new Error('canceled')
  const refused = expect(gate.acquire(controller.signal)).rejects.toBe(reason)
  void askMany(1)
  controller.abort(reason)
  await refused
  begun[0]?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toHaveLength(2)
  await expect(gate.acquire(controller.signal)).rejects.toBe(reason)
})

test('a short Retry-After holds everybody back for its time, and is told to the others', async () => {
  const { gate, askMany, begun, seen } = rig()
  await Promise.all(askMany(1))
  await gate.throttled(3_000)
  expect(seen.blocks).toEqual([3_000])
  void askMany(2)
  await vi.advanceTimersByTimeAsync(2_999)
  expect(begun).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2)
  expect(begun).toHaveLength(3)
})

test('a long Retry-After sends everybody away, told how long', async () => {
  const { gate, ask } = rig()
  await ask()
  await gate.throttled(60_000)
  const error: unknown = await gate.acquire(idle()).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RateLimited)
  expect(error).toMatchObject({ retryAfterMs: expect.closeTo(60_000, -2) })
})

test.each([
  [6 * 3_600_000, 6 * 3_600_000],
  [999_999_999_000, 24 * 3_600_000],
])('everybody waits as long as the source asks: %s ms, a day at the most', async (asked, blocked) => {
  const { gate, seen } = rig()
  await gate.throttled(asked)
  expect(seen.blocks).toEqual([blocked])
  await expect(gate.acquire(idle())).rejects.toMatchObject({ retryAfterMs: expect.closeTo(blocked, -2) })
})

test('what another process was told counts here too, from the next slice on', async () => {
  const { slice, ask, begun } = rig({ blockedMs: 0 })
  await ask()
  slice.blockedMs = 2_000
  await vi.advanceTimersByTimeAsync(1_000)
  void ask()
  await vi.advanceTimersByTimeAsync(900)
  expect(begun).toHaveLength(1)
})

test('what is under way is told at every renewal; without anything to do there is none', async () => {
  const { ask, begun, seen } = rig()
  await ask()
  await vi.advanceTimersByTimeAsync(2_500)
  expect(seen.leases).toEqual([0, 1, 1])
  begun[0]?.()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(seen.leases).toHaveLength(3)
})

test('a budget that cannot be asked fails those that wait, and is asked again a second later', async () => {
  const { seen, ask } = rig()
  seen.fails = true
  await expect(ask()).rejects.toThrow('PostgreSQL is away')
  seen.fails = false
  const later = ask()
  await vi.advanceTimersByTimeAsync(1_001)
  await later
  expect(seen.leases).toHaveLength(2)
})
