import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { endSyncRun } from '../../src/store/sync-run-progress.ts'
import { eventsOf } from '../store/seeded-connection.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller
let connectionId: string
let initial: string

beforeAll(async () => {
  rig = await startOperations()
  owner = await rig.ownerIn('production')
})
afterAll(() => rig.close())
beforeEach(async () => {
  const made = await rig.operations.createConnection(owner, demoConnection({ entities: ['PART', 'VENDOR'] }))
  connectionId = made.connectionId
  initial = made.syncRunId
})

const start = (input: Partial<Parameters<OperationsRig['operations']['startSync']>[1]> = {}) =>
  rig.operations.startSync(owner, { connectionId, ...input })
const runsOf = (syncRunId: string) =>
  rig.db.prisma.entityRun.findMany({ where: { syncRunId }, orderBy: { entity: 'asc' } })

/** Lets every entity run of a run read and succeed. */
async function succeed(syncRunId: string) {
  for (const { id } of await runsOf(syncRunId)) {
    const { fence } = await takeFence(rig.db, id, false)
    await endEntityRun(rig.db, id, { status: 'SUCCEEDED', fence, watermark: null })
  }
  await endSyncRun(rig.db, syncRunId)
}

test('an entity that never succeeded runs as INITIAL, and the run is known by that mode', async () => {
  await rig.operations.cancelSync(owner, { syncRunId: initial })
  for (const { id } of await runsOf(initial)) await endEntityRun(rig.db, id, { status: 'CANCELED' })
  const { syncRunId } = await start({ mode: 'FULL_RESYNC' })
  expect(await runsOf(syncRunId)).toMatchObject([{ mode: 'INITIAL' }, { mode: 'INITIAL' }])
  expect(rig.temporal.calls.at(-1)).toEqual(['startRun', { syncRunId, connectionId, mode: 'INITIAL' }])
})

test('a new run is queued with its first event and started', async () => {
  await succeed(initial)
  const answer = await start({ entities: ['PART'] })
  expect(answer).toMatchObject({ alreadyRunning: [], attachedRunIds: [] })
  expect(await rig.db.prisma.syncRun.findUniqueOrThrow({ where: { id: answer.syncRunId } })).toMatchObject({
    status: 'QUEUED',
    mode: 'INCREMENTAL',
    trigger: 'MANUAL',
    requestedBy: 'owner',
    workflowId: `sync-run/${answer.syncRunId}`,
    temporalRunId: '00000000-0000-4000-8000-000000000000',
  })
  expect((await eventsOf(rig.db, { connectionId })).at(-1)).toMatchObject({
    type: 'RUN_QUEUED',
    syncRunId: answer.syncRunId,
  })
})

test('a busy entity is attached to, and starts nothing', async () => {
  const workflows = rig.temporal.calls.length
  expect(await start()).toEqual({ syncRunId: initial, alreadyRunning: ['PART', 'VENDOR'], attachedRunIds: [initial] })
  expect(rig.temporal.calls).toHaveLength(workflows)
})

test('some busy, some free: a new run for the free ones', async () => {
  await succeed(initial)
  const first = await start({ entities: ['PART'] })
  const second = await start()
  expect(second).toMatchObject({ alreadyRunning: ['PART'], attachedRunIds: [first.syncRunId] })
  expect(await runsOf(second.syncRunId)).toMatchObject([{ entity: 'VENDOR', slot: 'ACTIVE' }])
})

test('two at once make one run: the other attaches to it', async () => {
  await succeed(initial)
  for (const mode of ['INCREMENTAL', 'FULL_RESYNC'] as const) {
    const answers = await Promise.all(Array.from({ length: 6 }, () => start({ mode })))
    const ids = new Set(answers.map((answer) => answer.syncRunId))
    expect(ids.size).toBe(1)
    expect(answers.filter((answer) => answer.alreadyRunning.length === 0)).toHaveLength(1)
    for (const id of ids) await succeed(id)
  }
  expect(await rig.db.prisma.syncRun.count({ where: { connectionId } })).toBe(3)
})

test('full re-syncs at once of an entity that runs an incremental make one waiting run', async () => {
  await succeed(initial)
  const running = await start({ entities: ['PART'] })
  const answers = await Promise.all(Array.from({ length: 6 }, () => start({ entities: ['PART'], mode: 'FULL_RESYNC' })))
  const ids = new Set(answers.map((answer) => answer.syncRunId))
  expect(ids.size).toBe(1)
  const [waiting = ''] = ids
  expect(waiting).not.toBe(running.syncRunId)
  expect(await runsOf(waiting)).toMatchObject([{ slot: 'WAITING', mode: 'FULL_RESYNC' }])
})

test('a full re-sync that attaches to waiting incrementals raises all of them', async () => {
  await succeed(initial)
  const running = await start()
  await rig.operations.cancelSync(owner, { syncRunId: running.syncRunId })
  const waiting = await start()
  expect(await runsOf(waiting.syncRunId)).toMatchObject([{ slot: 'WAITING' }, { slot: 'WAITING' }])
  expect(await start({ mode: 'FULL_RESYNC' })).toMatchObject({ syncRunId: waiting.syncRunId })
  expect(await runsOf(waiting.syncRunId)).toMatchObject([{ mode: 'FULL_RESYNC' }, { mode: 'FULL_RESYNC' }])
})

test('an entity that only waited ends at once when it is canceled, and tells its counts', async () => {
  await succeed(initial)
  await start({ entities: ['PART'] })
  const { syncRunId } = await start({ entities: ['PART'], mode: 'FULL_RESYNC' })
  await rig.operations.cancelSync(owner, { syncRunId })
  expect(await runsOf(syncRunId)).toMatchObject([{ status: 'CANCELED', slot: null }])
  const told = (await eventsOf(rig.db, { connectionId })).filter((event) => event.syncRunId === syncRunId)
  const counts = { fetched: 0, created: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 0, heldDeletes: 0 }
  expect(told.find((event) => event.type === 'ENTITY_FINISHED')).toMatchObject({ status: 'CANCELED', counts })
})

test('INITIAL is not asked for, a paused connection refuses, one that needs action does not', async () => {
  await succeed(initial)
  await expect(start({ mode: 'INITIAL' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['mode'] })
  const status = (next: 'PAUSED' | 'ACTION_REQUIRED') =>
    rig.db.prisma.connectionGate.update({ where: { connectionId }, data: { status: next } })
  await status('PAUSED')
  await expect(start()).rejects.toMatchObject({ code: 'CONNECTION_PAUSED' })
  await status('ACTION_REQUIRED')
  expect(await start()).toMatchObject({ alreadyRunning: [] })
})

test('a disconnect cancels every run with its events, revokes the token, and no sync starts after it', async () => {
  await succeed(initial)
  const running = await start()
  const waiting = await start({ mode: 'FULL_RESYNC' })
  await rig.operations.disconnectConnection(owner, { connectionId })
  for (const { syncRunId } of [running, waiting]) {
    for (const run of await runsOf(syncRunId)) expect(run).toMatchObject({ status: 'CANCELED', slot: null })
    expect(await rig.db.prisma.syncRun.findUniqueOrThrow({ where: { id: syncRunId } })).toMatchObject({
      status: 'CANCELED',
    })
  }
  const events = (await eventsOf(rig.db, { connectionId })).slice(-7).map((event) => event.type)
  expect(events).toEqual([
    ...Array(4).fill('ENTITY_FINISHED'),
    ...Array(2).fill('RUN_FINISHED'),
    'CONNECTION_DISCONNECTED',
  ])
  expect(await rig.db.prisma.connectionToken.findFirstOrThrow({ where: { connectionId } })).toMatchObject({
    revokedAt: expect.any(Date),
  })
  expect(rig.temporal.calls.at(-1)).toEqual(['startCleanup', connectionId])
  await expect(start()).rejects.toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
})

test('what belongs to another environment, another connection or nobody looks the same: not found', async () => {
  const elsewhere = await rig.ownerIn('development')
  const other = await rig.operations.createConnection(owner, demoConnection())
  const token: Caller = { ...owner, kind: 'CONNECTION_TOKEN', id: 'token', connectionId: other.connectionId }
  const nobody = '00000000-0000-7000-8000-000000000000'
  const { operations } = rig
  const asked: [Caller, string, string][] = [
    [elsewhere, connectionId, initial],
    [token, connectionId, initial],
    [owner, nobody, nobody],
    [owner, 'no uuid', 'no uuid'],
    [owner, initial, connectionId],
  ]
  const messages = new Set<string>()
  for (const [caller, connection, run] of asked) {
    const refusals = [
      operations.startSync(caller, { connectionId: connection }),
      operations.disconnectConnection(caller, { connectionId: connection }),
      operations.cancelSync(caller, { syncRunId: run }),
    ].map((refusal) => refusal.catch((error: Error) => error))
    for (const error of await Promise.all(refusals)) {
      expect(error).toMatchObject({ name: 'NotFoundError', code: 'NOT_FOUND' })
      messages.add((error as Error).message)
    }
  }
  expect([...messages].sort()).toEqual([
    'There is no such connection in this environment.',
    'There is no such run in this environment.',
  ])
  const gate = await rig.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } })
  expect(gate.status).toBe('ACTIVE')
})
