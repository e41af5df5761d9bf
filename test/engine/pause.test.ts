import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({
    counts: { VENDOR: 20, PART: 3_000, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 },
    pageSize: 100,
  })
  await engine.startWorker()
})
afterAll(() => engine.stop())
afterEach(() => engine.demo.setSwitches({ latencyMs: 0, refuse: false }))

const create = () =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: { pageSize: 100 },
    credentials: {},
    entities: ['PART', 'VENDOR'],
  })
const statusOf = async (connectionId: string) =>
  (await engine.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } })).status
const reasonOf = async (id: string) =>
  (await engine.db.prisma.connection.findUniqueOrThrow({ where: { id } })).statusReason
const reading = (syncRunId: string) =>
  eventually('reading', () =>
    engine.db.prisma.entityRun.findFirst({ where: { syncRunId, entity: 'PART', status: 'RUNNING' } }),
  )
const eventsOf = async (connectionId: string) =>
  (await engine.db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } })).map(
    ({ type }) => type,
  )

test('paused in mid-run: the run finishes, and so does one that waits for it; new ones are refused until it is resumed', async () => {
  const { operations, owner } = engine
  const { connectionId, syncRunId: initial } = await create()
  await engine.finished(initial)
  engine.demo.touch('PART', 3_000)
  engine.demo.setSwitches({ latencyMs: 40 })
  const { syncRunId } = await operations.startSync(owner, { connectionId, entities: ['PART'] })
  const { syncRunId: waiting } = await operations.startSync(owner, {
    connectionId,
    entities: ['PART'],
    mode: 'FULL_RESYNC',
  })
  await reading(syncRunId)
  await operations.pauseConnection(owner, { connectionId })
  await operations.pauseConnection(owner, { connectionId })
  await expect(operations.startSync(owner, { connectionId })).rejects.toMatchObject({ code: 'CONNECTION_PAUSED' })
  engine.demo.setSwitches({ latencyMs: 0 })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED', entities: [{ updated: 3_000 }] })
  expect(await engine.finished(waiting)).toMatchObject({ status: 'SUCCEEDED', entities: [{ mode: 'FULL_RESYNC' }] })
  expect(await statusOf(connectionId)).toBe('PAUSED')
  await expect(operations.startSync(owner, { connectionId })).rejects.toMatchObject({ code: 'CONNECTION_PAUSED' })
  await operations.resumeConnection(owner, { connectionId })
  await operations.resumeConnection(owner, { connectionId })
  const next = await operations.startSync(owner, { connectionId })
  expect(await engine.finished(next.syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  const told = (await eventsOf(connectionId)).filter((type) => type.startsWith('CONNECTION_'))
  expect(told).toEqual(['CONNECTION_CREATED', 'CONNECTION_PAUSED', 'CONNECTION_RESUMED'])
})

test('ACTION_REQUIRED can be paused, and is what it was when it is resumed; the sync that is let then mends it', async () => {
  const { operations, owner } = engine
  const { connectionId, syncRunId } = await create()
  await engine.finished(syncRunId)
  engine.demo.setSwitches({ refuse: true })
  await engine.finished((await operations.startSync(owner, { connectionId })).syncRunId)
  expect(await statusOf(connectionId)).toBe('ACTION_REQUIRED')
  await expect(operations.resumeConnection(owner, { connectionId })).rejects.toMatchObject({ code: 'CONFLICT' })
  const reason = await reasonOf(connectionId)
  await operations.pauseConnection(owner, { connectionId })
  await operations.resumeConnection(owner, { connectionId })
  expect(await statusOf(connectionId)).toBe('ACTION_REQUIRED')
  expect(await reasonOf(connectionId)).toBe(reason)
  expect((await eventsOf(connectionId)).slice(-2)).toEqual(['CONNECTION_PAUSED', 'CONNECTION_ACTION_REQUIRED'])
  engine.demo.setSwitches({ refuse: false })
  await engine.finished((await operations.startSync(owner, { connectionId })).syncRunId) // it is the retry
  expect(await statusOf(connectionId)).toBe('ACTIVE')
})

test('a run that the source refuses while the connection is paused leaves it paused; resumed, it asks for action', async () => {
  const { operations, owner } = engine
  const { connectionId, syncRunId: initial } = await create()
  await engine.finished(initial)
  engine.demo.touch('PART', 3_000)
  engine.demo.setSwitches({ latencyMs: 60 })
  const { syncRunId } = await operations.startSync(owner, { connectionId, entities: ['PART'] })
  await reading(syncRunId)
  await operations.pauseConnection(owner, { connectionId })
  engine.demo.setSwitches({ latencyMs: 0, refuse: true })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'FAILED' })
  expect(await statusOf(connectionId)).toBe('PAUSED')
  await operations.resumeConnection(owner, { connectionId })
  expect(await statusOf(connectionId)).toBe('ACTION_REQUIRED')
})

test('a paused connection is disconnected like any other, and what was disconnected is neither paused nor resumed nor synced', async () => {
  const { operations, owner } = engine
  const { connectionId, syncRunId } = await create()
  await engine.finished(syncRunId)
  await operations.pauseConnection(owner, { connectionId })
  expect(await operations.disconnectConnection(owner, { connectionId })).toMatchObject({ creditsReturned: 1 })
  const input = { connectionId }
  for (const refused of [
    () => operations.pauseConnection(owner, input),
    () => operations.resumeConnection(owner, input),
    () => operations.startSync(owner, input),
    () => operations.setSchedule(owner, { ...input, schedule: { every: 'PT1H' } }),
    () => operations.updateConnection(owner, { ...input, name: 'x' }),
    () => operations.confirmDeletes(owner, { syncRunId, entity: 'PART' }),
    () => operations.dismissDeletes(owner, { syncRunId, entity: 'PART' }),
  ])
    await expect(refused()).rejects.toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
  expect(await operations.cancelSync(owner, { syncRunId })).toEqual({ syncRunId }) // it has ended
  await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
})
