import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type FaultyRig, startFaulty } from './faulty-rig.ts'

let rig: FaultyRig

beforeAll(async () => {
  rig = await startFaulty({ counts: { PART: 200, VENDOR: 60, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
})
afterAll(() => rig.stop())
beforeEach(() => void rig.only({}))

test.each([
  ['answers 500', { error500: 5 }],
  ['breaks connections in the middle of a page', { reset: 5 }],
  ['is busy, with 503', { throttle503: 5 }],
  ['throttles with 429 and does not say for how long', { throttle429: 5 }],
  ['throttles with 403 and says so in the body alone', { throttle403: 5 }],
])('a source that now and then %s is read to its end, nothing lost, nothing twice', async (_, switches) => {
  const asked = rig.log()
  const { connectionId, syncRunId } = await rig.connect(['PART'], { pageSize: 40 })
  rig.only(switches)
  const run = await rig.ended(syncRunId)
  rig.only({})
  expect(run).toMatchObject({ status: 'SUCCEEDED', of: { PART: { created: 200, updated: 0, rejected: 0 } } })
  expect(asked().some(({ status, path }) => status !== 200 && path.includes('/parts')) || 'reset' in switches).toBe(
    true,
  )
  const { stored, atSource } = await rig.bothSides(connectionId, 'PART')
  expect(stored).toEqual(atSource)
})

test('what attempts asked that failed, or were canceled, is counted: it has cost the source all the same', async () => {
  const { connectionId, syncRunId } = await rig.connect(['PART'])
  await rig.ended(syncRunId)
  const asked = rig.log()
  rig.only({ error500: 1 })
  const run = await rig.start(connectionId, 'INCREMENTAL', ['PART'])
  await eventually('some attempts', () => asked().length >= 3)
  rig.only({})
  const { status, of } = await rig.ended(run)
  expect(status).toBe('SUCCEEDED')
  expect(of['PART']?.sourceRequests).toBe(asked().length)

  const askedNext = rig.log()
  rig.only({ error500: 1 })
  const canceled = await rig.start(connectionId, 'INCREMENTAL', ['PART'])
  await eventually('two attempts', () => askedNext().length >= 2)
  await rig.operations.cancelSync(rig.owner, { syncRunId: canceled })
  const end = await rig.ended(canceled)
  expect(end.status).toBe('CANCELED')
  // one may have been broken off on its way
  expect(end.of['PART']?.sourceRequests).toBeGreaterThanOrEqual(askedNext().length)
})

test('after a 429 with Retry-After nobody asks before that time is over, whatever the entity', async () => {
  const { connectionId, syncRunId } = await rig.connect(['PART', 'VENDOR'])
  await rig.ended(syncRunId)
  const asked = rig.log()
  rig.only({ throttle429: 1, retryAfter: 3 })
  const next = await rig.start(connectionId, 'FULL_RESYNC', ['PART', 'VENDOR'])
  const first = await eventually('the first 429', () => asked().find(({ status }) => status === 429))
  rig.only({})
  expect(await rig.ended(next)).toMatchObject({ status: 'SUCCEEDED' })
  const early = asked().filter(({ at }) => at > first.at && at < first.at + 3_000)
  // those that were under way when it came
  expect(early.length).toBeLessThanOrEqual(3)
  expect(asked().length).toBeGreaterThan(10)
})

test('a refusal fails its entity at once, asked once, while the others succeed', async () => {
  const { connectionId, syncRunId } = await rig.connect(['PART', 'VENDOR'])
  await rig.ended(syncRunId)
  const asked = rig.log()
  rig.only({ forbidden: 'parts' })
  const run = await rig.ended(await rig.start(connectionId, 'FULL_RESYNC', ['PART', 'VENDOR']))
  expect(run).toMatchObject({
    status: 'PARTIALLY_SUCCEEDED',
    of: {
      PART: { status: 'FAILED', errorCategory: 'PERMISSION', errorRetryable: false, attempt: 1 },
      VENDOR: { status: 'SUCCEEDED', unchanged: 60 },
    },
  })
  expect(asked().filter(({ path }) => path.includes('/parts'))).toHaveLength(1)
})

test('a page that is not JSON is asked again; when the sign-in page is gone the run goes on', async () => {
  const { syncRunId, connectionId } = await rig.connect(['PART'])
  await rig.ended(syncRunId)
  const asked = rig.log()
  rig.only({ html: true })
  const next = await rig.start(connectionId, 'INCREMENTAL', ['PART'])
  await eventually('a second attempt', () => asked().length >= 2)
  rig.only({})
  expect(await rig.ended(next)).toMatchObject({ status: 'SUCCEEDED' })
})

test('answers that trickle are waited for', async () => {
  const { syncRunId, connectionId } = await rig.connect(['VENDOR'])
  rig.only({ slow: 4_000 })
  expect(await rig.ended(syncRunId)).toMatchObject({ status: 'SUCCEEDED', of: { VENDOR: { created: 60, attempt: 1 } } })
  const { stored, atSource } = await rig.bothSides(connectionId, 'VENDOR')
  expect(stored).toEqual(atSource)
})

test('requests of a limited connection keep its rate and its number in flight, all entities together', async () => {
  rig.only({ latencyMs: 20 })
  const asked = rig.log()
  const config = { pageSize: 20, requestsPerSecond: 8, maxInFlight: 1 }
  const { syncRunId } = await rig.connect(['PART', 'VENDOR'], config)
  // the check before it has no connection yet
  const before = asked().length
  expect(await rig.ended(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  const times = asked()
    .slice(before)
    .map(({ at }) => at)
  expect(times.length).toBeGreaterThan(17)
  // one second's worth at once, the rest at the rate
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(((times.length - 8) / 8) * 1_000 - 200)
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18)
})

test('a run that waits for its limiter is canceled within seconds', async () => {
  const config = { pageSize: 20, requestsPerSecond: 0.02 }
  const asked = rig.log()
  const { syncRunId } = await rig.connect(['PART', 'VENDOR'], config)
  await eventually('the one request that is allowed', async () => {
    const run = await rig.db.prisma.entityRun.findMany({ where: { syncRunId, status: 'RUNNING' } })
    return run.length === 2 && asked().length > 5
  })
  const before = asked().length
  const canceledAt = performance.now()
  await rig.operations.cancelSync(rig.owner, { syncRunId })
  expect(await rig.ended(syncRunId)).toMatchObject({ status: 'CANCELED' })
  expect(performance.now() - canceledAt).toBeLessThan(8_000)
  expect(asked().length - before).toBeLessThanOrEqual(1)
})

test('a run whose source takes requests and never answers is canceled within seconds, and the next one reads on', async () => {
  const { connectionId, syncRunId } = await rig.connect(['PART', 'VENDOR'])
  await rig.ended(syncRunId)
  rig.demo.touch('PART', 30)
  const asked = rig.log()
  rig.only({ hang: true })
  const run = await rig.start(connectionId, 'INCREMENTAL', ['PART', 'VENDOR'])
  await eventually('a request of each', () => asked().length >= 2)
  await rig.operations.cancelSync(rig.owner, { syncRunId: run })
  // still hanging: no answer and no time-out of the request ends it
  expect(await rig.ended(run)).toMatchObject({
    status: 'CANCELED',
    of: { PART: { status: 'CANCELED', attempt: 1 }, VENDOR: { status: 'CANCELED', attempt: 1 } },
  })
  expect(asked().every(({ status }) => status === null)).toBe(true)
  rig.only({})
  expect(await rig.ended(await rig.start(connectionId, 'INCREMENTAL', ['PART']))).toMatchObject({
    status: 'SUCCEEDED',
    of: { PART: { updated: 30 } },
  })
})
