import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun, type EntityOutcome } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { cancelRun } from '../../src/store/run-cancel.ts'
import { beginSyncRun, endSyncRun } from '../../src/store/sync-run-progress.ts'
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

const failedWith = (
  category: 'AUTHENTICATION' | 'SOURCE_UNAVAILABLE',
  credentialsRef: string | null = null,
): EntityOutcome => ({
  status: 'FAILED',
  error: { category, code: category, message: `It failed: ${category}.`, retryable: false, credentialsRef },
})
const connectionOf = (id: string) => db.prisma.connection.findUniqueOrThrow({ where: { id }, include: { gate: true } })
const typesOf = async (connection: { connectionId: string }) =>
  (await eventsOf(db, connection)).map((event) => event.type)

test('a cancel beats a failure and a success that come after it', async () => {
  for (const outcome of ['fail', 'succeed'] as const) {
    const { writer, entityRunId, ...seeded } = await seedWriter(db)
    await cancelRun(db, seeded, null, cancelEntry)
    expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'CANCELING', slot: 'ACTIVE' })
    await endEntityRun(
      db,
      entityRunId,
      outcome === 'fail'
        ? failedWith('SOURCE_UNAVAILABLE')
        : { status: 'SUCCEEDED', fence: writer.fence, watermark: 'w' },
    )
    expect(await entityRunOf(db, entityRunId)).toMatchObject({ status: 'CANCELED', slot: null, errorCode: null })
    expect(await entityStateOf(db, seeded)).toMatchObject({ watermark: null, lastSuccessfulSyncAt: null })
    expect((await eventsOf(db, seeded)).at(-1)).toMatchObject({
      type: 'ENTITY_FINISHED',
      status: 'CANCELED',
      message: null,
    })
  }
})

test('cancel stops only what is named, and what is not open it leaves alone', async () => {
  const seeded = await seedConnection(db, ['PART', 'VENDOR'])
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }, { entity: 'VENDOR' }])
  const [part = '', vendor = ''] = entityRunIds
  const run = { syncRunId, connectionId: seeded.connectionId }
  expect(await cancelRun(db, run, ['PART'], cancelEntry)).toBe(true)
  expect(await entityRunOf(db, part)).toMatchObject({ status: 'CANCELING' })
  expect(await entityRunOf(db, vendor)).toMatchObject({ status: 'QUEUED' })
  expect(await db.prisma.syncRun.findUniqueOrThrow({ where: { id: syncRunId } })).toMatchObject({ status: 'QUEUED' })
  for (const id of entityRunIds) await endEntityRun(db, id, { status: 'CANCELED' })
  expect(await cancelRun(db, run, null, cancelEntry)).toBe(false)
})

test('the end of a run promotes the one that waited, and repeating it answers the same promotion until that one begins', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  const waiting = await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC', slot: 'WAITING' }])
  const [waitingId = ''] = waiting.entityRunIds
  const promoted = { syncRunId: waiting.syncRunId, entityRunId: waitingId }
  expect(await endEntityRun(db, entityRunId, failedWith('SOURCE_UNAVAILABLE'))).toEqual(promoted)
  expect(await entityRunOf(db, waitingId)).toMatchObject({ slot: 'ACTIVE', status: 'QUEUED' })
  expect(await endEntityRun(db, entityRunId, failedWith('SOURCE_UNAVAILABLE'))).toEqual(promoted)
  expect(await takeFence(db, waitingId, false)).toMatchObject({ fence: 1, mode: 'FULL_RESYNC' })
  expect(await endEntityRun(db, entityRunId, failedWith('SOURCE_UNAVAILABLE'))).toBeNull()
})

test('of several that end one run at once, one promotes, and every one that answers says so', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  const waiting = await seedRun(db, seeded, [{ entity: 'PART', slot: 'WAITING' }])
  const promoted = { syncRunId: waiting.syncRunId, entityRunId: waiting.entityRunIds[0] }
  const answers = await Promise.all(
    [1, 2, 3].map(() => endEntityRun(db, entityRunId, failedWith('SOURCE_UNAVAILABLE'))),
  )
  expect(answers).toEqual([promoted, promoted, promoted])
})

test('a waiting run that is canceled ends at once and is promoted no more', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  const waiting = await seedRun(db, seeded, [{ entity: 'PART', slot: 'WAITING' }])
  await cancelRun(db, { ...seeded, syncRunId: waiting.syncRunId }, null, cancelEntry)
  expect(await entityRunOf(db, waiting.entityRunIds[0] ?? '')).toMatchObject({ status: 'CANCELED', slot: null })
  expect(await endEntityRun(db, entityRunId, failedWith('SOURCE_UNAVAILABLE'))).toBeNull()
})

test('refused credentials make the connection ACTION_REQUIRED with the reason, and a success makes it ACTIVE again', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  await endEntityRun(db, entityRunId, failedWith('AUTHENTICATION'))
  expect(await connectionOf(seeded.connectionId)).toMatchObject({
    statusReason: 'It failed: AUTHENTICATION.',
    gate: { status: 'ACTION_REQUIRED' },
  })
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const next = await takeFence(db, entityRunIds[0] ?? '', false)
  await endEntityRun(db, next.entityRunId, { status: 'SUCCEEDED', fence: next.fence, watermark: null })
  expect(await connectionOf(seeded.connectionId)).toMatchObject({ statusReason: null, gate: { status: 'ACTIVE' } })
  expect((await typesOf(seeded)).filter((type) => type.startsWith('CONNECTION_'))).toEqual([
    'CONNECTION_CREATED',
    'CONNECTION_ACTION_REQUIRED',
    'CONNECTION_RESUMED',
  ])
})

test('a refusal of credentials that have been replaced by then asks for no action', async () => {
  const { entityRunId, ...seeded } = await seedWriter(db)
  await endEntityRun(db, entityRunId, failedWith('AUTHENTICATION', 'local:before'))
  expect(await connectionOf(seeded.connectionId)).toMatchObject({ statusReason: null, gate: { status: 'ACTIVE' } })
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const { credentialsRef } = await takeFence(db, entityRunIds[0] ?? '', false)
  await endEntityRun(db, entityRunIds[0] ?? '', failedWith('AUTHENTICATION', credentialsRef))
  expect(await connectionOf(seeded.connectionId)).toMatchObject({ gate: { status: 'ACTION_REQUIRED' } })
})

test('a refusal stands against successes of its own run, and of a run that began before it', async () => {
  const seeded = await seedConnection(db, ['PART', 'VENDOR', 'ASSET'])
  const earlier = await seedRun(db, seeded, [{ entity: 'ASSET' }])
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }, { entity: 'VENDOR' }])
  const succeed = async (entityRunId: string, fence: number) =>
    endEntityRun(db, entityRunId, { status: 'SUCCEEDED', fence, watermark: null })
  const statusOf = async () => (await connectionOf(seeded.connectionId))?.gate?.status
  const [part = '', vendor = ''] = entityRunIds
  const asset = await takeFence(db, earlier.entityRunIds[0] ?? '', false)
  await takeFence(db, part, false)
  await endEntityRun(db, part, failedWith('AUTHENTICATION'))
  await succeed(vendor, (await takeFence(db, vendor, false)).fence)
  await succeed(asset.entityRunId, asset.fence)
  expect(await statusOf()).toBe('ACTION_REQUIRED')
  const later = await seedRun(db, seeded, [{ entity: 'VENDOR' }])
  const again = await takeFence(db, later.entityRunIds[0] ?? '', false)
  await succeed(again.entityRunId, again.fence)
  expect(await statusOf()).toBe('ACTIVE')
})

test('other failures, and refusals while paused, leave the connection as it is', async () => {
  const away = await seedWriter(db)
  await endEntityRun(db, away.entityRunId, failedWith('SOURCE_UNAVAILABLE'))
  expect(await connectionOf(away.connectionId)).toMatchObject({ gate: { status: 'ACTIVE' } })
  const paused = await seedWriter(db)
  await db.prisma.connectionGate.update({ where: { connectionId: paused.connectionId }, data: { status: 'PAUSED' } })
  await endEntityRun(db, paused.entityRunId, failedWith('AUTHENTICATION'))
  expect(await connectionOf(paused.connectionId)).toMatchObject({ gate: { status: 'PAUSED' } })
})

test('a run begins once, and its status is its entities taken together', async () => {
  const ends = { s: 'SUCCEEDED', f: 'FAILED', c: 'CANCELED' } as const
  const table = [
    ['ss', 'SUCCEEDED'],
    ['sf', 'PARTIALLY_SUCCEEDED'],
    ['sc', 'PARTIALLY_SUCCEEDED'],
    ['ff', 'FAILED'],
    ['fc', 'FAILED'],
    ['cc', 'CANCELED'],
  ] as const
  for (const [outcomes, expected] of table) {
    const seeded = await seedConnection(db, ['PART', 'VENDOR'])
    const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }, { entity: 'VENDOR' }])
    for (let i = 0; i < 2; i++) expect((await beginSyncRun(db, syncRunId)).entities).toHaveLength(2)
    await expect(endSyncRun(db, syncRunId)).rejects.toThrow('have not ended')
    for (const [i, id] of entityRunIds.entries()) {
      const status = ends[outcomes.charAt(i) as 's']
      await db.prisma.entityRun.update({ where: { id }, data: { status, slot: null } })
    }
    for (let i = 0; i < 2; i++) expect(await endSyncRun(db, syncRunId)).toBe(expected)
    const types = await typesOf(seeded)
    expect(types.filter((type) => type.startsWith('RUN_'))).toEqual(['RUN_QUEUED', 'RUN_STARTED', 'RUN_FINISHED'])
  }
})
