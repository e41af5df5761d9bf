import { getPriority } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Connected, connectDemo, type DemoJob, startDemoJob } from './demo-job.ts'
import { expectTotalsNeverBackwards, follow, followOverSse, type SyncEvent } from './progress.ts'
import { readFeed, sourceRecords, walk } from './records.ts'
import { finished, runOf, startSync, storedEvents } from './runs.ts'
import { startSourceGate } from './source-gate.ts'

vi.setConfig({ testTimeout: 60_000 }) // processes on a busy machine

let job: DemoJob
let gate: Awaited<ReturnType<typeof startSourceGate>>
let acme: Connected

beforeAll(async () => {
  job = await startDemoJob()
  gate = await startSourceGate(job.demo.url)
  acme = await connectDemo(job, { config: { baseUrl: gate.url, pageSize: 100, maxInFlight: 1 } })
  await finished(job.owner, acme.syncRunId)
})
afterEach(() => gate.open())
afterAll(async () => {
  await job?.stop()
  await gate?.close()
})

const isProgress = ({ type }: SyncEvent) => type === 'ENTITY_PROGRESS'

/** A full re-sync of the purchase orders, in one chain, that has read `pages` pages of 100 and waits for more. */
async function startHeld(pages: number) {
  gate.letThrough(pages)
  const { syncRun } = await startSync(acme.customer, {
    connectionId: acme.id,
    entities: ['PURCHASE_ORDER'],
    mode: 'FULL_RESYNC',
  })
  return syncRun.id
}

test('a socket that is cut in mid-run resumes behind its last event, without a gap', async () => {
  const syncRunId = await startHeld(2)
  const first = follow(acme.customer, 'syncProgress', syncRunId, '0')
  const seen = await first.until(isProgress)
  first.cut()
  expect(await first.completed).toBe(false)

  // what happens while nobody listens
  const onlooker = follow(job.owner, 'syncProgress', syncRunId, seen.sequence)
  gate.letThrough(2)
  await onlooker.until(isProgress)
  await onlooker.stop()
  const second = follow(acme.customer, 'syncProgress', syncRunId, first.last)
  await second.until(isProgress)
  gate.open()
  expect(await second.completed).toBe(true)
  await second.stop()

  const stored = await storedEvents(job.owner, syncRunId)
  expect([...first.events, ...second.events]).toEqual(stored)
  expectTotalsNeverBackwards(stored)
  expect(stored.filter(isProgress).length).toBeGreaterThan(1)
})

test('on a full machine the API goes before the worker', () => {
  const { api, worker } = job.syncline.pids()
  const own = getPriority()
  expect([getPriority(api), getPriority(worker)]).toEqual([own, Math.max(own, 5)])
})

test('server-sent events tell the same, live and completing with the run', async () => {
  const syncRunId = await startHeld(2)
  const stream = await followOverSse(acme.customer, 'syncProgress', syncRunId, '0')
  expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
  await stream.until(isProgress)
  gate.open()
  expect(await stream.completed).toBe(true)
  expect(stream.events).toEqual(await storedEvents(job.owner, syncRunId))
})

test('a sync of an entity that is being read attaches to the run that reads it', async () => {
  const syncRunId = await startHeld(1)
  const again = await startSync(acme.customer, { connectionId: acme.id, entities: ['PURCHASE_ORDER'] })
  expect(again).toMatchObject({ syncRun: { id: syncRunId }, alreadyRunning: ['PURCHASE_ORDER'] })
  expect(again.attachedRuns).toEqual([{ id: syncRunId }])
  const resync = { connectionId: acme.id, entities: ['PURCHASE_ORDER'], mode: 'FULL_RESYNC' }
  expect((await startSync(acme.customer, resync)).syncRun.id).toBe(syncRunId)

  const mixed = await startSync(acme.customer, { connectionId: acme.id, entities: ['PURCHASE_ORDER', 'VENDOR'] })
  expect(mixed).toMatchObject({ alreadyRunning: ['PURCHASE_ORDER'], attachedRuns: [{ id: syncRunId }] })
  gate.open()
  const [held, own] = await Promise.all([finished(job.owner, syncRunId), finished(job.owner, mixed.syncRun.id)])
  expect([held.status, own.status]).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  expect(own.entities).toMatchObject([{ entity: 'VENDOR', mode: 'INCREMENTAL' }])
})

test('cancelSync ends a run in mid-read, keeps what is stored and leaves the next run free', async () => {
  const watermark = () =>
    job.owner
      .data('query ($id: ID!) { connection(id: $id) { entities { entity watermark recordCount } } }', { id: acme.id })
      .then(({ connection }) => connection.entities)
  const before = await watermark()
  const touched = sourceRecords(job.demo, 'PURCHASE_ORDER').slice(500, 503)
  job.demo.touch(
    'PURCHASE_ORDER',
    touched.map(({ key }) => key),
  )
  const syncRunId = await startHeld(1)
  const progress = follow(acme.customer, 'syncProgress', syncRunId, '0')
  await progress.until(isProgress)
  const { syncRun } = await acme.customer.mutate('cancelSync', { syncRunId }, '{ syncRun { id status } }')
  expect(syncRun.id).toBe(syncRunId)
  expect(['CANCELING', 'CANCELED']).toContain(syncRun.status)
  expect(await progress.completed).toBe(true)
  await progress.stop()
  expect(progress.events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', status: 'CANCELED' })
  expect(await runOf(job.owner, syncRunId)).toMatchObject({ status: 'CANCELED', entities: [{ status: 'CANCELED' }] })
  expect(await watermark()).toEqual(before)

  gate.open()
  const { syncRun: next } = await startSync(acme.customer, { connectionId: acme.id, entities: ['PURCHASE_ORDER'] })
  expect((await finished(job.owner, next.id)).totals).toMatchObject({ updated: 3 })
})

test('disconnecting ends token, streams and runs at once; the records stay', async () => {
  const records = await walk(job.owner, acme.id, { list: 'purchaseOrders' })
  const all = follow(job.owner, 'connectionEvents', acme.id, '0')
  const syncRunId = await startHeld(1)
  const streams = [
    follow(acme.customer, 'connectionEvents', acme.id, '0'),
    follow(acme.customer, 'syncProgress', syncRunId, '0'),
  ]
  const sse = await followOverSse(acme.customer, 'connectionEvents', acme.id, '0')
  await Promise.all([...streams, sse].map((stream) => stream.until((event) => event.syncRunId === syncRunId)))

  const selection = '{ creditsReturned connection { status token { prefix } disconnectedAt } }'
  const disconnect = () => job.owner.mutate('disconnectConnection', { connectionId: acme.id }, selection)
  expect(await disconnect()).toMatchObject({ creditsReturned: 1, connection: { status: 'DISCONNECTED', token: null } })
  const refused = await acme.customer.ask('{ viewer { kind } }')
  expect(refused).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  const answeredAt = performance.now()
  const late = follow(acme.customer, 'connectionEvents', acme.id)
  for (const stream of [...streams, late]) expect(await stream.closed).toMatchObject({ code: 4401 })
  expect([await sse.completed, sse.errors]).toMatchObject([true, [{ extensions: { code: 'UNAUTHENTICATED' } }]])
  expect(performance.now() - answeredAt).toBeLessThan(5_000) // one second is promised

  const disconnected = await all.until(({ type }) => type === 'CONNECTION_DISCONNECTED')
  const canceled = await runOf(job.owner, syncRunId)
  expect(canceled).toMatchObject({ status: 'CANCELED', entities: [{ status: 'CANCELED' }] })
  const ending = all.events.find((event) => event.type === 'ENTITY_FINISHED' && event.syncRunId === syncRunId)
  expect(ending).toMatchObject({ status: 'CANCELED', counts: { fetched: canceled.totals.fetched } })
  for (const stream of [...streams, sse]) {
    expect(stream.events.length).toBeGreaterThan(0)
    expect(stream.events.filter(({ sequence }) => BigInt(sequence) >= BigInt(disconnected.sequence))).toEqual([])
  }

  expect((await disconnect()).creditsReturned).toBe(0)
  const { credits } = await job.owner.data(
    '{ credits { used available ledger(first: 9) { edges { node { delta } } } } }',
  )
  expect(credits).toMatchObject({ used: 0, available: 100 })
  expect(credits.ledger.edges.map(({ node }: { node: { delta: number } }) => node.delta)).toEqual([1, -1, 100])
  const start = { connectionId: acme.id }
  expect(await job.owner.mutate('startSync', start, '{ syncRun { id } }')).toMatchObject({
    __typename: 'ConnectionDisconnectedError',
    code: 'CONNECTION_DISCONNECTED',
  })
  gate.open()
  expect(await walk(job.owner, acme.id, { list: 'purchaseOrders' })).toEqual(records)
  expect((await readFeed(job.owner, acme.id, 'PURCHASE_ORDER', null)).entries).toHaveLength(records.length)
  expect(all.sequences).toEqual(all.sequences.map((_, i) => i + 1))
  expect(all.last).toBe(disconnected.sequence)
  expectTotalsNeverBackwards(all.events)
  await all.stop()
})
