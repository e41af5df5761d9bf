import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({
    counts: { VENDOR: 20, PART: 20_000, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 },
    pageSize: 500,
  })
  await engine.startWorker()
})
afterAll(() => engine.stop())

const slow = () => engine.demo.setSwitches({ latencyMs: 40 })
const fast = () => engine.demo.setSwitches({ latencyMs: 0 })

const connect = () =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: { pageSize: 500 },
    credentials: {},
    entities: ['PART', 'VENDOR'],
  })
const partOf = async (syncRunId: string) =>
  engine.db.prisma.entityRun.findUniqueOrThrow({ where: { syncRunId_entity: { syncRunId, entity: 'PART' } } })
const stateOf = (connectionId: string) =>
  engine.db.prisma.entityState.findUniqueOrThrow({ where: { connectionId_entity: { connectionId, entity: 'PART' } } })
const inTheMiddle = (syncRunId: string) =>
  eventually('commits of a run that goes on', async () => {
    const part = await partOf(syncRunId)
    if (part.status !== 'QUEUED' && part.status !== 'RUNNING')
      throw new Error(`the run has already ended: ${part.status}`)
    return part.created > 0
  })

test('cancel in mid-run ends CANCELED, keeps what is committed, and the next run reads the window again from its start', async () => {
  slow()
  const { connectionId, syncRunId } = await connect()
  await inTheMiddle(syncRunId)
  await engine.operations.cancelSync(engine.owner, { syncRunId, entities: ['PART'] })
  const run = await engine.finished(syncRunId)
  expect(run.status).toBe('PARTIALLY_SUCCEEDED') // VENDOR was not canceled
  const part = await partOf(syncRunId)
  expect(part).toMatchObject({ status: 'CANCELED', slot: null })
  expect(part.created).toBeLessThan(20_000)
  expect(await stateOf(connectionId)).toMatchObject({
    watermark: null,
    lastSuccessfulSyncAt: null,
    recordCount: part.created,
  })

  fast()
  const next = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  expect(await engine.finished(next.syncRunId)).toMatchObject({ status: 'SUCCEEDED', mode: 'INITIAL' })
  expect(await partOf(next.syncRunId)).toMatchObject({
    unchanged: part.created,
    created: 20_000 - part.created,
    fetched: 20_000,
  })
  expect(await stateOf(connectionId)).toMatchObject({ recordCount: 20_000, watermark: expect.any(String) })

  const { watermark } = await stateOf(connectionId)
  engine.demo.touch('PART', 16_000)
  slow()
  const incremental = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  await eventually('a commit of the incremental', async () => (await partOf(incremental.syncRunId)).updated > 0)
  await engine.operations.cancelSync(engine.owner, { syncRunId: incremental.syncRunId })
  expect(await engine.finished(incremental.syncRunId)).toMatchObject({ status: 'CANCELED' })
  expect(await stateOf(connectionId)).toMatchObject({ watermark })
  fast()
  const last = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  await engine.finished(last.syncRunId)
  const { updated } = await partOf(incremental.syncRunId)
  expect(updated + (await partOf(last.syncRunId)).updated).toBe(16_000)
  const { windowStart, clockSetBackMs } = await partOf(last.syncRunId)
  // what the source's clock seems to have been set back by, a request's latency here, is read again
  expect(new Date(Number(windowStart) + Number(clockSetBackMs)).toISOString()).toBe(watermark)
})

test('disconnect in mid-run: nothing is committed after it, the workflows stop, the credentials are destroyed', async () => {
  slow()
  const { connectionId, syncRunId } = await connect()
  await inTheMiddle(syncRunId)
  expect(await engine.operations.disconnectConnection(engine.owner, { connectionId })).toEqual({
    connectionId,
    creditsReturned: 1,
  })
  const standing = async () => {
    const { key } = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
    return {
      records: await engine.db.prisma.record.count({ where: { connectionKey: key } }),
      events: await engine.db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } }),
      runs: await engine.db.prisma.entityRun.findMany({ where: { connectionId }, orderBy: { id: 'asc' } }),
      states: await engine.db.prisma.entityState.findMany({ where: { connectionId }, orderBy: { id: 'asc' } }),
    }
  }
  const atOnce = await standing()
  fast()
  await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
  for (const id of [`sync-run/${syncRunId}`, `sync/${connectionId}/PART`]) {
    await eventually(`the end of ${id}`, async () => (await engine.deps.temporal.stateOf(id)) === 'CLOSED', 15_000)
  }
  expect(await standing()).toEqual(atOnce)
  expect(atOnce.runs.every((run) => run.slot === null)).toBe(true)
  expect(atOnce.events.at(-1)?.type).toBe('CONNECTION_DISCONNECTED')
  expect(atOnce.records).toBeGreaterThan(0)
  const connection = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  expect(connection).toMatchObject({ credentialsRef: null, cleanedUpAt: expect.any(Date) })
})

test('a full re-sync that is asked for while an incremental runs waits for its end, and then runs', async () => {
  fast()
  const { connectionId, syncRunId } = await connect()
  await engine.finished(syncRunId)
  engine.demo.touch('PART', 5_000)
  engine.demo.setSwitches({ latencyMs: 1_000 })
  const first = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  await eventually('the incremental', async () => (await partOf(first.syncRunId)).status === 'RUNNING')
  const second = await engine.operations.startSync(engine.owner, { connectionId, mode: 'FULL_RESYNC' })
  expect(second.alreadyRunning).toEqual([])
  expect(await partOf(second.syncRunId)).toMatchObject({ slot: 'WAITING', status: 'QUEUED' })
  const again = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['PART'],
    mode: 'FULL_RESYNC',
  })
  expect(again).toMatchObject({ syncRunId: second.syncRunId, alreadyRunning: ['PART'] })
  slow()
  const [incremental, resync] = await Promise.all([engine.finished(first.syncRunId), engine.finished(second.syncRunId)])
  expect([incremental.status, resync.status]).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  const [one, two] = [await partOf(first.syncRunId), await partOf(second.syncRunId)]
  expect(two.startedAt?.getTime()).toBeGreaterThanOrEqual(one.finishedAt?.getTime() ?? Number.NaN)
  expect(two).toMatchObject({ mode: 'FULL_RESYNC', created: 0, deleted: 0 })
  expect(two.fetched).toBeGreaterThanOrEqual(20_000)
  fast()
})
