import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { reconcile } from '../../src/operations/reconcile.ts'
import { countRecords } from '../../src/store/record-filter.ts'
import { taskQueue } from '../../src/temporal/task-queue.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'
import { registerOwnNamespace } from './own-namespace.ts'

let engine: Engine
const folder = mkdtempSync(join(tmpdir(), 'syncline-deletion-'))
const workers: Child[] = []

beforeAll(async () => {
  const counts = { VENDOR: 40, PART: 4_000, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 }
  engine = await startEngine({ counts, pageSize: 100 }, { namespace: await registerOwnNamespace(), taskQueue })
  await startWorkerProcess()
})
afterAll(async () => {
  for (const worker of workers) killed(worker.pid)
  await Promise.all(workers.map((worker) => worker.ended))
  await engine.stop()
  rmSync(folder, { recursive: true })
})

function killed(pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

async function startWorkerProcess(): Promise<void> {
  const script = fileURLToPath(new URL('../../src/worker.ts', import.meta.url))
  const logFile = join(folder, `worker-${workers.length}.log`)
  const worker = startChild({ name: 'The worker', script, environment: engine.workerEnvironment, logFile })
  workers.push(worker)
  await worker.ready
}

/** The worker process's death and the next one's birth. */
async function killWorker(): Promise<void> {
  for (const worker of workers) killed(worker.pid)
  await Promise.all(workers.map((worker) => worker.ended))
}

const create = () =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: { baseUrl: engine.demo.url, pageSize: 100 },
    credentials: {},
    entities: ['PART', 'VENDOR'],
  })

/** A connection that has synced, and is disconnected. */
async function synced() {
  const { connectionId, syncRunId } = await create()
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  await engine.operations.disconnectConnection(engine.owner, { connectionId })
  return { connectionId, key: await keyOf(connectionId) }
}

const connectionOf = (id: string) => engine.db.prisma.connection.findUniqueOrThrow({ where: { id } })
const keyOf = async (id: string) => (await connectionOf(id)).key
const stateOf = (connectionId: string, entity: SyncedEntity = 'PART') =>
  engine.db.prisma.entityState.findUniqueOrThrow({ where: { connectionId_entity: { connectionId, entity } } })
const stored = (connectionKey: number, entity: SyncedEntity) =>
  engine.db.prisma.record.count({ where: { connectionKey, entity: entityCodes[entity] } })
const shown = async (connectionId: string, key: number, entity: SyncedEntity = 'PART') => {
  const owner = { id: connectionId, key }
  return (await countRecords(engine.db.pool, [owner], entity, { includeDeleted: true })).get(owner)
}
const deleted = (connectionId: string) =>
  eventually('the end of the deletion', async () => (await connectionOf(connectionId)).dataDeletedAt !== null, 60_000)
const deletedEvents = (connectionId: string) =>
  engine.db.prisma.event.count({ where: { connectionId, type: 'CONNECTION_DATA_DELETED' } })
const ageDeletion = (connectionId: string) =>
  engine.db.pool.query(
    `UPDATE entity_state SET deletion_asked_at = deletion_asked_at - interval '1 minute' WHERE connection_id = $1`,
    [connectionId],
  )
const quietDeps = () => ({ ...engine.deps, log: Object.assign(Object.create(engine.deps.log), { warn: () => {} }) })
const withoutTemporal = () =>
  createOperations({
    ...quietDeps(),
    temporal: { ...engine.deps.temporal, startDataDeletion: () => Promise.reject(new Error('Temporal is away')) },
  })

/** Records beyond those of the source, so that deleting them takes a while. */
async function addMany(connectionId: string, key: number, count: number) {
  await engine.db.pool.query(
    `INSERT INTO record (connection_key, entity, external_id, change_seq, created_seq, content_hash, first_seen_at, updated_at, data, raw)
     SELECT $1, $2, 'many ' || n, 100000 + n, 100000 + n, '\\x00', now(), now(), '{}', repeat('payload ', 40) FROM generate_series(1, $3::int) n`,
    [key, entityCodes.PART, count],
  )
  await engine.db.pool.query(
    `UPDATE entity_state SET record_count = record_count + $2 WHERE connection_id = $1 AND entity = 'PART'`,
    [connectionId, count],
  )
}

test('a deletion whose worker is killed in the middle is gone on with by the next; a reader sees all or nothing, never what is left', async () => {
  const { connectionId, key } = await synced()
  const bystander = await synced()
  const many = 250_000
  await addMany(connectionId, key, many)
  const all = await stored(key, 'PART')
  const seen: (number | undefined)[] = []
  let over = false
  const reader = (async () => {
    while (!over) seen.push(await shown(connectionId, key))
  })()
  await eventually('a reader that reads', () => seen.length > 0)
  await engine.operations.deleteConnectionData(engine.owner, { connectionId })
  expect(await shown(connectionId, key)).toBe(0)
  await eventually('the middle of the deletion', async () => (await stored(key, 'PART')) < all)
  await killWorker()
  const left = await stored(key, 'PART')
  expect(left).toBeGreaterThan(0)
  expect((await stateOf(connectionId)).recordCount).toBe(left)
  expect((await connectionOf(connectionId)).dataDeletedAt).toBeNull()
  await startWorkerProcess()
  await deleted(connectionId)
  over = true
  await reader
  expect(new Set(seen)).toEqual(new Set([all, 0]))
  expect(seen).toEqual([...seen].sort((a, b) => (b ?? 0) - (a ?? 0))) // once gone it stays gone
  expect([await stored(key, 'PART'), await stored(key, 'VENDOR')]).toEqual([0, 0])
  expect((await stateOf(connectionId)).recordCount).toBe(0)
  expect(await deletedEvents(connectionId)).toBe(1)
  expect(await stored(bystander.key, 'PART')).toBe(4_000)
}, 120_000)

test('asked for while Temporal is away: hidden at once, and deleted by the reconciler', async () => {
  const { connectionId, key } = await synced()
  await withoutTemporal().deleteConnectionData(engine.owner, { connectionId })
  expect(await shown(connectionId, key)).toBe(0)
  expect(await stored(key, 'PART')).toBe(4_000)
  await ageDeletion(connectionId)
  await Promise.all([1, 2, 3].map(() => reconcile(quietDeps())))
  await deleted(connectionId)
  expect(await stored(key, 'PART')).toBe(0)
  expect(await deletedEvents(connectionId)).toBe(1)
})

test('a deletion that an engineer terminates is begun again by the reconciler', async () => {
  const { connectionId, key } = await synced()
  await addMany(connectionId, key, 150_000)
  await engine.operations.deleteConnectionData(engine.owner, { connectionId })
  await eventually('the middle of the deletion', async () => (await stored(key, 'PART')) < 154_000)
  await engine.client.workflow.getHandle(`delete-data/${connectionId}`).terminate('by an engineer')
  await ageDeletion(connectionId)
  await reconcile(quietDeps())
  await deleted(connectionId)
  expect(await stored(key, 'PART')).toBe(0)
}, 60_000)

test('entities chosen one after the other, the second while the first is deleted or later, end with the whole', async () => {
  const { connectionId, key } = await synced()
  await engine.operations.deleteConnectionData(engine.owner, { connectionId, entities: ['PART'] })
  await eventually('the first', async () => (await stateOf(connectionId)).dataDeletedAt !== null)
  expect([await stored(key, 'PART'), await stored(key, 'VENDOR')]).toEqual([0, 40])
  expect(await shown(connectionId, key, 'VENDOR')).toBe(40)
  await engine.operations.deleteConnectionData(engine.owner, { connectionId, entities: ['VENDOR', 'PART'] })
  // where the first workflow is just closing, the second is not started: the reconciler's part
  await eventually('the whole', async () => {
    if ((await connectionOf(connectionId)).dataDeletedAt) return true
    await ageDeletion(connectionId)
    await reconcile(quietDeps())
    return false
  })
  expect(await stored(key, 'VENDOR')).toBe(0)
  expect(await deletedEvents(connectionId)).toBe(2)
})

test('disconnected and deleted in mid-run, while the reader still has pages on their way: nothing of it comes back', async () => {
  engine.demo.setSwitches({ latencyMs: 60 })
  const { connectionId, syncRunId } = await create()
  const key = await keyOf(connectionId)
  await eventually('commits', async () => (await stateOf(connectionId)).recordCount > 0)
  await engine.operations.disconnectConnection(engine.owner, { connectionId })
  await engine.operations.deleteConnectionData(engine.owner, { connectionId })
  await deleted(connectionId)
  engine.demo.setSwitches({ latencyMs: 0 })
  for (const id of [`sync-run/${syncRunId}`, `sync/${connectionId}/PART`, `clean-up/${connectionId}`])
    await eventually(`the end of ${id}`, async () => (await engine.deps.temporal.stateOf(id)) === 'CLOSED', 30_000)
  expect([await stored(key, 'PART'), await stored(key, 'VENDOR')]).toEqual([0, 0])
  const runs = await engine.db.prisma.entityRun.findMany({ where: { connectionId } })
  expect(runs.some((run) => run.created > 0)).toBe(true) // its history stays
  const ids = runs.map((run) => run.id)
  expect(await engine.db.prisma.seenBatch.count({ where: { entityRunId: { in: ids } } })).toBe(0)
}, 60_000)
