import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun, type EntityOutcome } from '../../src/store/entity-run-end.ts'
import { fixWindow, takeFence } from '../../src/store/entity-run-fence.ts'
import { FenceLost } from '../../src/store/errors.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { noteFailure } from '../../src/store/entity-run-failure.ts'
import { cancelRun } from '../../src/store/run-cancel.ts'
import { sampleBatch, sampleRow } from './sample-batch.ts'
import {
  cancelEntry,
  entityRunOf,
  entityStateOf,
  eventsOf,
  openFreshDatabase,
  seedConnection,
  seedRun,
  seedWriter,
} from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const failed: EntityOutcome = {
  status: 'FAILED',
  error: {
    category: 'SOURCE_UNAVAILABLE',
    code: 'SourceUnavailable',
    message: 'The source did not answer.',
    retryable: true,
  },
}
const succeeded = (fence: number, watermark: string | null): EntityOutcome => ({
  status: 'SUCCEEDED',
  fence,
  watermark,
})
const watermark = '2026-01-01T00:00:00.000Z'
const finishedEvents = async (connection: { connectionId: string }) =>
  (await eventsOf(db, connection)).filter((event) => event.type === 'ENTITY_FINISHED')

test('every attempt takes a higher fence; attempts count what failed, from 1', async () => {
  const seeded = await seedConnection(db)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const id = entityRunIds[0] ?? ''
  const first = await takeFence(db, id, false)
  const next = await takeFence(db, id, false)
  const retried = await takeFence(db, id, true)
  expect([first, next, retried].map(({ fence, attempt }) => [fence, attempt])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
  ])
  const types = (await eventsOf(db, seeded)).map((event) => event.type)
  expect(types).toEqual(['CONNECTION_CREATED', 'RUN_QUEUED', 'ENTITY_STARTED', 'ENTITY_RETRYING'])
})

test('why an attempt failed is known until the next one takes the fence, and told by it with how far the run is', async () => {
  const { connectionId, entityRunId, writer } = await seedWriter(db)
  const error = {
    category: 'SOURCE_UNAVAILABLE',
    code: 'Unreachable',
    message: 'It answers 503.',
    retryable: true,
  } as const
  await commitBatch(db, writer, sampleBatch([sampleRow('A')]))
  await noteFailure(db, writer, error)
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'RUNNING', errorMessage: 'It answers 503.' })
  await takeFence(db, entityRunId, true)
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ errorCategory: null, errorMessage: null })
  expect((await eventsOf(db, { connectionId })).at(-1)).toMatchObject({
    message: 'Attempt 2. It answers 503.',
    counts: { fetched: 1, created: 1 },
  })
  await noteFailure(db, writer, error) // of an attempt that has been overtaken
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ errorMessage: null })
})

test('an entity run that is being canceled says so at once', async () => {
  const { connectionId, syncRunId, entityRunId } = await seedWriter(db)
  await cancelRun(db, { syncRunId, connectionId }, null, cancelEntry)
  await cancelRun(db, { syncRunId, connectionId }, null, cancelEntry)
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'CANCELING' })
  const events = await eventsOf(db, { connectionId })
  expect(events.filter(({ type }) => type === 'ENTITY_CANCELING')).toMatchObject([{ status: 'CANCELING' }])
})

test('a first attempt that repeats a lost one is still attempt 1', async () => {
  const seeded = await seedConnection(db)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  expect(await takeFence(db, entityRunIds[0] ?? '', true)).toMatchObject({ fence: 1, attempt: 1 })
})

test('attempts that take the fence at once get one each', async () => {
  const { entityRunId } = await seedWriter(db)
  const fences = await Promise.all(Array.from({ length: 8 }, () => takeFence(db, entityRunId, true)))
  expect(fences.map((run) => run.fence).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
})

test('no fence is taken on a run that has ended, is being canceled, or does not exist', async () => {
  const ended = await seedWriter(db)
  await endEntityRun(db, ended.entityRunId, { status: 'CANCELED' })
  const canceling = await seedWriter(db)
  await cancelRun(db, canceling, null, cancelEntry)
  for (const id of [ended.entityRunId, canceling.entityRunId, ended.connectionId]) {
    await expect(takeFence(db, id, true)).rejects.toThrow(FenceLost)
  }
})

test('a window is fixed once, and only under the fence', async () => {
  const { writer, entityRunId } = await seedWriter(db)
  const window = {
    start: null,
    end: new Date(watermark),
    skewMs: 0,
    clockOffsetMs: null,
    clockSetBackMs: 0,
    estimatedTotal: 5,
  }
  await fixWindow(db, writer, window)
  await expect(fixWindow(db, writer, { ...window, end: new Date() })).rejects.toThrow(FenceLost)
  expect(await entityRunOf(db, entityRunId)).toMatchObject({
    windowStart: null,
    windowEnd: window.end,
    windowSkewMs: 0,
    estimatedTotal: 5,
  })
  const other = await seedWriter(db)
  await takeFence(db, other.entityRunId, true)
  await expect(fixWindow(db, other.writer, window)).rejects.toThrow(FenceLost)
})

test('success moves the watermark, ends the run and tells its final counts', async () => {
  const { writer, entityRunId, ...seeded } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([sampleRow('A')], { seen: { pass: 1, hashes: Buffer.alloc(8) } }))
  expect(await endEntityRun(db, entityRunId, succeeded(writer.fence, watermark))).toBeNull()
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'SUCCEEDED', slot: null, checkpoint: null })
  const state = await entityStateOf(db, seeded)
  expect(state).toMatchObject({ watermark })
  expect(state.lastSuccessfulSyncAt).not.toBeNull()
  expect(await finishedEvents(seeded)).toMatchObject([{ status: 'SUCCEEDED', counts: { created: 1, fetched: 1 } }])
  expect(await db.prisma.seenBatch.count({ where: { entityRunId } })).toBe(0)
})

test('a success that saw nothing leaves the watermark where it stood', async () => {
  const { writer, entityRunId, ...seeded } = await seedWriter(db)
  await db.prisma.entityState.updateMany({ where: { connectionId: seeded.connectionId }, data: { watermark } })
  await endEntityRun(db, entityRunId, succeeded(writer.fence, null))
  expect(await entityStateOf(db, seeded)).toMatchObject({ watermark })
})

test('neither failure nor cancel moves the watermark, and both keep what is committed', async () => {
  for (const outcome of [failed, { status: 'CANCELED' } as const]) {
    const { writer, entityRunId, ...seeded } = await seedWriter(db)
    await commitBatch(db, writer, sampleBatch([sampleRow('A')], { maxStamp: new Date(watermark) }))
    await endEntityRun(db, entityRunId, outcome)
    expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: outcome.status, slot: null })
    expect(await entityStateOf(db, seeded)).toMatchObject({
      watermark: null,
      lastSuccessfulSyncAt: null,
      recordCount: 1,
    })
  }
})

test('a failure is kept with its category, code, message and whether to try again', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  await endEntityRun(db, entityRunId, failed)
  expect(await entityRunOf(db, entityRunId)).toMatchObject({
    errorCategory: 'SOURCE_UNAVAILABLE',
    errorCode: 'SourceUnavailable',
    errorMessage: 'The source did not answer.',
    errorRetryable: true,
  })
  expect(await finishedEvents(seeded)).toMatchObject([{ status: 'FAILED', message: 'The source did not answer.' }])
})

test('success under a lost fence is refused, and moves nothing', async () => {
  const { writer, entityRunId, ...seeded } = await seedWriter(db)
  await takeFence(db, entityRunId, true)
  await expect(endEntityRun(db, entityRunId, succeeded(writer.fence, watermark))).rejects.toThrow(FenceLost)
  expect(await entityStateOf(db, seeded)).toMatchObject({ watermark: null })
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'RUNNING', slot: 'ACTIVE' })
  expect(await finishedEvents(seeded)).toHaveLength(0)
})

test('ending a run from outside raises its fence', async () => {
  const { writer, entityRunId } = await seedWriter(db)
  await endEntityRun(db, entityRunId, failed)
  expect((await entityRunOf(db, entityRunId)).fence).toBe(writer.fence + 1)
})

test('a run ends once, however often and however differently it is ended', async () => {
  const { writer, entityRunId, ...seeded } = await seedWriter(db)
  await endEntityRun(db, entityRunId, failed)
  const before = await entityRunOf(db, entityRunId)
  for (const outcome of [failed, { status: 'CANCELED' } as const, succeeded(writer.fence, watermark)]) {
    await endEntityRun(db, entityRunId, outcome)
  }
  expect(await entityRunOf(db, entityRunId)).toEqual(before)
  expect(await entityStateOf(db, seeded)).toMatchObject({ watermark: null })
  expect(await finishedEvents(seeded)).toHaveLength(1)
})

test('a run that several end at once ends once, with one event, and its watermark moves only if it succeeded', async () => {
  for (let round = 0; round < 15; round++) {
    const { writer, entityRunId, ...seeded } = await seedWriter(db)
    const outcomes = [failed, succeeded(writer.fence, watermark), failed, { status: 'CANCELED' } as const]
    await Promise.allSettled(outcomes.map((outcome) => endEntityRun(db, entityRunId, outcome)))
    const events = await finishedEvents(seeded)
    const run = await entityRunOf(db, entityRunId)
    expect(events.map((event) => event.status)).toEqual([run.status])
    expect((await entityStateOf(db, seeded)).watermark).toBe(run.status === 'SUCCEEDED' ? watermark : null)
    const all = await eventsOf(db, seeded)
    expect(all.map((event) => event.sequence)).toEqual(all.map((_, i) => BigInt(i + 1)))
  }
})

test('a run of a disconnected connection stays canceled', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  await disconnect(db, { ...seeded, actor: 'test', ip: null })
  expect(await endEntityRun(db, entityRunId, failed)).toBeNull()
  expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'CANCELED', errorCode: null })
})
