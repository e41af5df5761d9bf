import { afterAll, beforeAll, expect, test } from 'vitest'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { ConnectionGone, FenceLost } from '../../src/store/errors.ts'
import { keepMissing } from '../../src/store/missing-batch.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { deleteMissing, holdDeletes } from '../../src/store/record-delete.ts'
import { cancelRun } from '../../src/store/run-cancel.ts'
import { sampleBatch, sampleRow, sampleRows } from './sample-batch.ts'
import { cancelEntry, openFreshDatabase, seedConnection, seedRun, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** Everything that a batch may write, of the whole database. */
async function everything() {
  const tables = [
    'record',
    'rejected_record',
    'seen_batch',
    'missing_batch',
    'held_delete',
    'event',
    'entity_state',
    'connection_gate',
    'entity_run',
  ]
  const dumps = tables.map((table) =>
    db.pool
      .query<{ row: string }>(`SELECT t::text AS row FROM ${table} t ORDER BY 1`)
      .then(({ rows }) => rows.map(({ row }) => row)),
  )
  return Object.fromEntries((await Promise.all(dumps)).map((rows, i) => [tables[i], rows]))
}

/** A batch with everything that a batch can have: new and changed rows, rejections, what it saw, progress. */
const fullBatch = () =>
  sampleBatch([...sampleRows(20), sampleRow('changed', { number: 'other' })], {
    rejected: [{ externalId: 'bad', reason: 'number is not text', raw: '{}' }],
    seen: { pass: 1, hashes: Buffer.alloc(8) },
    maxStamp: new Date(),
    progress: true,
  })

async function writerWithRecords() {
  const seeded = await seedWriter(db)
  await commitBatch(db, seeded.writer, sampleBatch([sampleRow('changed', { number: 'first' })]))
  return seeded
}

test('a batch under a lost fence writes nothing at all', async () => {
  const { writer, entityRunId } = await writerWithRecords()
  await takeFence(db, entityRunId, true)
  const before = await everything()
  await expect(commitBatch(db, writer, fullBatch())).rejects.toThrow(FenceLost)
  expect(await everything()).toEqual(before)
})

test('a batch without changes under a lost fence writes nothing either', async () => {
  const { writer, entityRunId } = await writerWithRecords()
  await takeFence(db, entityRunId, true)
  const before = await everything()
  const unchanged = sampleBatch([sampleRow('changed', { number: 'first' })], { progress: true })
  await expect(commitBatch(db, writer, unchanged)).rejects.toThrow(FenceLost)
  expect(await everything()).toEqual(before)
})

test('a batch of a run that is being canceled, or has ended, writes nothing', async () => {
  const canceling = await writerWithRecords()
  await cancelRun(db, canceling, null, cancelEntry)
  const ended = await writerWithRecords()
  await endEntityRun(db, ended.entityRunId, { status: 'CANCELED' })
  const before = await everything()
  await expect(commitBatch(db, canceling.writer, fullBatch())).rejects.toThrow(FenceLost)
  await expect(commitBatch(db, ended.writer, fullBatch())).rejects.toThrow(FenceLost)
  expect(await everything()).toEqual(before)
})

test('a batch of a disconnected connection writes nothing', async () => {
  const { writer, ...seeded } = await writerWithRecords()
  await disconnect(db, { ...seeded, actor: 'test', ip: null })
  const before = await everything()
  await expect(commitBatch(db, writer, fullBatch())).rejects.toThrow(/ended|disconnected/)
  expect(await everything()).toEqual(before)
})

test('the gate alone keeps a batch out, whatever the fence says', async () => {
  const { writer, connectionId } = await writerWithRecords()
  await db.prisma.connectionGate.update({ where: { connectionId }, data: { status: 'DISCONNECTED' } })
  const before = await everything()
  await expect(commitBatch(db, writer, fullBatch())).rejects.toThrow(ConnectionGone)
  expect(await everything()).toEqual(before)
})

test('deletions under a lost fence or of a disconnected connection are not made, not held, and what is missing is not kept', async () => {
  const step = {
    missing: [{ externalId: 'changed', changeSeq: 1n }],
    checkpoint: null,
    usage: { requests: 1, bytes: 9 },
  }
  const lost = await writerWithRecords()
  await keepMissing(db, lost.writer, step)
  await takeFence(db, lost.entityRunId, true)
  const gone = await writerWithRecords()
  await keepMissing(db, gone.writer, step)
  await db.prisma.connectionGate.update({
    where: { connectionId: gone.connectionId },
    data: { status: 'DISCONNECTED' },
  })
  const before = await everything()
  for (const [writer, refusal] of [
    [lost.writer, FenceLost],
    [gone.writer, ConnectionGone],
  ] as const) {
    await expect(keepMissing(db, writer, step)).rejects.toThrow(refusal)
    await expect(deleteMissing(db, writer, null, new AbortController().signal)).rejects.toThrow(refusal)
    await expect(holdDeletes(db, writer, null)).rejects.toThrow(refusal)
  }
  expect(await everything()).toEqual(before)
})

test('of an old attempt and a new one that write at once, each batch is the one or the other, never both', async () => {
  const { writer: old, entityRunId, ...seeded } = await seedWriter(db)
  const zombie = (async () => {
    for (let i = 0; i < 200; i++) await commitBatch(db, old, sampleBatch(sampleRows(10, `old${i}`)))
  })().then(
    () => 'never stopped',
    (error: unknown) => error,
  )
  await commitBatchOf(old.entityRunId)
  const next = await takeFence(db, entityRunId, true)
  const taken = await db.prisma.entityRun.findUniqueOrThrow({ where: { id: entityRunId } })
  await commitBatch(db, next, sampleBatch(sampleRows(10, 'new')))
  expect(await zombie).toBeInstanceOf(FenceLost)
  const run = await db.prisma.entityRun.findUniqueOrThrow({ where: { id: entityRunId } })
  const stored = await db.prisma.record.count({ where: { connectionKey: seeded.connectionKey } })
  expect([run.created, stored]).toEqual([taken.created + 10, taken.created + 10])
})

/** Resolves once the entity run has committed something. */
async function commitBatchOf(entityRunId: string) {
  while ((await db.prisma.entityRun.findUniqueOrThrow({ where: { id: entityRunId } })).created === 0);
}

test('a run that has not begun takes no batch, though its fence is 0', async () => {
  const { writer } = await seedWriter(db)
  const seeded = await seedConnection(db)
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const early = { ...writer, ...seeded, syncRunId, entityRunId: entityRunIds[0] ?? '', fence: 0 }
  await expect(commitBatch(db, early, sampleBatch([sampleRow('A')]))).rejects.toThrow(FenceLost)
})
