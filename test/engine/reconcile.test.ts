import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createOperations } from '../../src/operations/create-operations.ts'
import { reconcile } from '../../src/operations/reconcile.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({
    counts: { VENDOR: 20, PART: 10_000, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 },
    pageSize: 500,
  })
  await engine.startWorker()
})
afterAll(() => engine.stop())
afterEach(() => engine.demo.setSwitches({ latencyMs: 0 }))

const away = () => Promise.reject(new Error('Temporal is away'))
const quiet = () => {}

/** The operations as an API process has them while this much of Temporal is away. */
const operationsWithout = (...missing: (keyof SyncControl)[]) =>
  createOperations({
    ...engine.deps,
    temporal: { ...engine.deps.temporal, ...Object.fromEntries(missing.map((name) => [name, away])) },
    log: Object.assign(Object.create(engine.deps.log), { warn: quiet }),
  })

const input = {
  system: 'demo',
  name: 'Demo',
  config: { pageSize: 500, maxInFlight: 1 },
  credentials: {},
  entities: ['PART', 'VENDOR'] as const,
}
const connect = () => engine.operations.createConnection(engine.owner, input)
/** The reconciler looks at what is half a minute old. */
const ageRun = (syncRunId: string) =>
  engine.db.pool.query(`UPDATE sync_run SET requested_at = requested_at - interval '1 minute' WHERE id = $1`, [
    syncRunId,
  ])
const round = () => reconcile({ ...engine.deps, log: Object.assign(Object.create(engine.deps.log), { warn: quiet }) })
const partOf = (syncRunId: string) =>
  engine.db.prisma.entityRun.findUniqueOrThrow({ where: { syncRunId_entity: { syncRunId, entity: 'PART' } } })
const runOf = (syncRunId: string) => engine.db.prisma.syncRun.findUniqueOrThrow({ where: { id: syncRunId } })
const reading = (syncRunId: string) => eventually('reading', async () => (await partOf(syncRunId)).created > 0)

test('a run that was never started is started, and only once by several reconcilers', async () => {
  const { syncRunId } = await operationsWithout('startRun').createConnection(engine.owner, input)
  expect(await runOf(syncRunId)).toMatchObject({ status: 'QUEUED', temporalRunId: null })
  await round()
  expect(await runOf(syncRunId)).toMatchObject({ status: 'QUEUED', temporalRunId: null }) // it is younger than half a minute
  await ageRun(syncRunId)
  await Promise.all([round(), round(), round()])
  expect((await runOf(syncRunId)).temporalRunId).not.toBeNull()
  expect(await engine.finished(syncRunId)).toMatchObject({
    status: 'SUCCEEDED',
    entities: [{ attempt: 1 }, { attempt: 1 }],
  })
})

test('a run that goes on is left alone', async () => {
  engine.demo.setSwitches({ latencyMs: 500 })
  const { syncRunId } = await connect()
  await reading(syncRunId)
  await ageRun(syncRunId)
  const { fence } = await partOf(syncRunId)
  await round()
  expect(await partOf(syncRunId)).toMatchObject({ status: 'RUNNING', fence })
  engine.demo.setSwitches({ latencyMs: 0 })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a run whose workflow was terminated ends, its reader stops by itself, and the entity is free', async () => {
  engine.demo.setSwitches({ latencyMs: 150 })
  const { connectionId, syncRunId } = await connect()
  await reading(syncRunId)
  await ageRun(syncRunId)
  await engine.client.workflow.getHandle(`sync-run/${syncRunId}`).terminate('by an engineer')
  await eventually('the end of the run', async () => {
    await round()
    return (await runOf(syncRunId)).finishedAt !== null
  })
  const part = await partOf(syncRunId)
  expect(part.slot).toBeNull()
  expect(['CANCELED', 'FAILED']).toContain(part.status)
  const types = (await engine.db.prisma.event.findMany({ where: { syncRunId }, orderBy: { sequence: 'asc' } })).map(
    (event) => event.type,
  )
  expect(types.filter((type) => type === 'RUN_FINISHED')).toHaveLength(1)
  expect(types.filter((type) => type === 'ENTITY_FINISHED')).toHaveLength(2)
  engine.demo.setSwitches({ latencyMs: 0 })
  await eventually(
    'the end of the reader',
    async () => (await engine.deps.temporal.stateOf(`sync/${connectionId}/PART`)) === 'CLOSED',
  )
  const next = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  expect(await engine.finished(next.syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
})

test('a run of which parent and readers were terminated ends as FAILED WORKFLOW_LOST, and what waited for it runs', async () => {
  const { connectionId, syncRunId: initial } = await connect()
  await engine.finished(initial)
  engine.demo.touch('PART', 3_000)
  engine.demo.setSwitches({ latencyMs: 1_000 })
  const { syncRunId } = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  await eventually('reading', async () => (await partOf(syncRunId)).status === 'RUNNING')
  const waiting = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['PART'],
    mode: 'FULL_RESYNC',
  })
  expect(await partOf(waiting.syncRunId)).toMatchObject({ slot: 'WAITING' })
  await engine.client.workflow.getHandle(`sync-run/${syncRunId}`).terminate('by an engineer')
  await engine.client.workflow.getHandle(`sync/${connectionId}/PART`).terminate('by an engineer')
  await ageRun(syncRunId)
  await round()
  expect(await runOf(syncRunId)).toMatchObject({ status: 'FAILED' })
  expect(await partOf(syncRunId)).toMatchObject({ status: 'FAILED', errorCode: 'WORKFLOW_LOST', errorRetryable: true })
  engine.demo.setSwitches({ latencyMs: 0 })
  expect(await engine.finished(waiting.syncRunId)).toMatchObject({
    status: 'SUCCEEDED',
    entities: [{ mode: 'FULL_RESYNC' }],
  })
})

test('a cancel that could not be told to the workflow is told by the reconciler', async () => {
  engine.demo.setSwitches({ latencyMs: 500 })
  const { syncRunId } = await connect()
  await eventually('reading', async () => (await partOf(syncRunId)).status === 'RUNNING')
  await operationsWithout('cancelEntities').cancelSync(engine.owner, { syncRunId })
  expect(await partOf(syncRunId)).toMatchObject({ status: 'CANCELING' })
  await ageRun(syncRunId)
  await round()
  engine.demo.setSwitches({ latencyMs: 0 })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'CANCELED' })
})

test('a cancel of one entity that could not be told is told by the reconciler, and the other entity is read on', async () => {
  // each waits for its turn at the source, and so would not notice by itself
  const config = { pageSize: 500, requestsPerSecond: 0.02 }
  const { syncRunId } = await engine.operations.createConnection(engine.owner, { ...input, config })
  const entityOf = (entity: 'PART' | 'VENDOR') =>
    engine.db.prisma.entityRun.findUniqueOrThrow({ where: { syncRunId_entity: { syncRunId, entity } } })
  for (const entity of ['PART', 'VENDOR'] as const)
    await eventually('reading', async () => (await entityOf(entity)).status === 'RUNNING')
  await operationsWithout('cancelEntities').cancelSync(engine.owner, { syncRunId, entities: ['PART'] })
  expect(await runOf(syncRunId)).toMatchObject({ status: 'RUNNING' })
  await ageRun(syncRunId)
  await round()
  await eventually('the end of the reader', async () => (await partOf(syncRunId)).status === 'CANCELED')
  expect(await entityOf('VENDOR')).toMatchObject({ status: 'RUNNING' })
  await engine.operations.cancelSync(engine.owner, { syncRunId })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'CANCELED' })
})

test('of an entity that was canceled while it waited the run is told by the reconciler, and it ends beside the run that reads', async () => {
  const { connectionId, syncRunId: initial } = await connect()
  await engine.finished(initial)
  engine.demo.setSwitches({ latencyMs: 20_000 })
  engine.demo.touch('PART', 3_000)
  const { syncRunId: before } = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  await eventually('reading', async () => (await partOf(before)).status === 'RUNNING')
  const { syncRunId } = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['PART'],
    mode: 'FULL_RESYNC',
  })
  await eventually('the run that waits', async () => (await runOf(syncRunId)).status === 'RUNNING')
  await operationsWithout('cancelEntities').cancelSync(engine.owner, { syncRunId, entities: ['PART'] })
  expect(await partOf(syncRunId)).toMatchObject({ status: 'CANCELED', slot: null })
  await ageRun(syncRunId)
  await round()
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'CANCELED' })
  expect(await runOf(before)).toMatchObject({ status: 'RUNNING' })
  await engine.operations.cancelSync(engine.owner, { syncRunId: before })
  await engine.finished(before)
})

test('a disconnect while Temporal is away is cleaned up by the reconciler', async () => {
  const { connectionId, syncRunId } = await connect()
  await engine.finished(syncRunId)
  await operationsWithout('startCleanup').disconnectConnection(engine.owner, { connectionId })
  await engine.db.pool.query(`UPDATE connection SET disconnected_at = now() - interval '1 minute' WHERE id = $1`, [
    connectionId,
  ])
  await round()
  await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
  const connection = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  expect(connection).toMatchObject({ credentialsRef: null, cleanedUpAt: expect.any(Date) })
})

test('one run that cannot be mended does not keep the reconciler from the others', async () => {
  const stuck = await connect()
  await engine.finished(stuck.syncRunId)
  await engine.db.pool.query(`UPDATE sync_run SET status = 'RUNNING', finished_at = NULL WHERE id = $1`, [
    stuck.syncRunId,
  ])
  await ageRun(stuck.syncRunId)
  const { syncRunId } = await operationsWithout('startRun').createConnection(engine.owner, input)
  await ageRun(syncRunId)
  const temporal = {
    ...engine.deps.temporal,
    stateOf: (id: string) => (id.includes(stuck.syncRunId) ? away() : engine.deps.temporal.stateOf(id)),
  }
  const log = Object.assign(Object.create(engine.deps.log), { warn: quiet })
  await reconcile({ ...engine.deps, temporal, log })
  expect((await runOf(syncRunId)).temporalRunId).not.toBeNull()
  await engine.finished(syncRunId)
})
