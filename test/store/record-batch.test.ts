import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findRecords } from '../../src/store/record-lookup.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { deletionCandidates } from '../../src/store/deletion-candidates.ts'
import { keepMissing } from '../../src/store/missing-batch.ts'
import { deleteMissing } from '../../src/store/record-delete.ts'
import type { Database } from '../../src/store/database.ts'
import { eventually } from '../eventually.ts'
import { sampleBatch, sampleRow, sampleRows } from './sample-batch.ts'
import { entityRunOf, entityStateOf, eventsOf, openFreshDatabase, recordsOf, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

test('new, changed and unchanged rows are told apart and counted', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const first = await commitBatch(
    db,
    writer,
    sampleBatch([sampleRow('A', { number: '1' }), sampleRow('B', { number: '2' })]),
  )
  expect(first).toMatchObject({ fetched: 2, created: 2, updated: 0, unchanged: 0 })
  const second = await commitBatch(
    db,
    writer,
    sampleBatch([sampleRow('A', { number: '1' }), sampleRow('B', { number: '2b' }), sampleRow('C', { number: '3' })]),
  )
  expect(second).toMatchObject({ fetched: 5, created: 3, updated: 1, unchanged: 1, rejected: 0, deleted: 0 })
  expect((await recordsOf(db, seeded)).map((record) => record.number)).toEqual(['1', '2b', '3'])
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 3, changeSeq: 4n })
})

test('a batch that writes records is announced, also where it tells no progress; one that writes nothing is not', async () => {
  const { writer } = await seedWriter(db)
  const listener = new pg.Client({ connectionString: db.url })
  const announced: string[] = []
  listener.on('notification', ({ payload }) => announced.push(payload ?? ''))
  await listener.connect()
  await listener.query('LISTEN syncline_event')
  const rows = [sampleRow('A', { number: '1' })]
  await commitBatch(db, writer, sampleBatch(rows))
  await commitBatch(db, writer, sampleBatch(rows))
  await db.pool.query(`SELECT pg_notify('syncline_event', 'nothing between')`)
  await commitBatch(db, writer, sampleBatch(rows, { progress: true }))
  await eventually('the last', () => announced.length > 2)
  await listener.end()
  expect(announced).toEqual([writer.connectionId, 'nothing between', writer.connectionId])
})

test('of several rows of one record in a batch the last counts, the others are unchanged', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const rows = [sampleRow('A', { number: 'old' }), sampleRow('B', { number: 'b' }), sampleRow('A', { number: 'new' })]
  expect(await commitBatch(db, writer, sampleBatch(rows))).toMatchObject({
    fetched: 3,
    created: 2,
    updated: 0,
    unchanged: 1,
  })
  expect((await recordsOf(db, seeded)).map((record) => record.number)).toEqual(['new', 'b'])
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 2 })
})

test('a deleted record that comes back is undeleted, and is an update', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: '1' }), sampleRow('B', { number: '2' })]))
  const gone = await deletionCandidates(db, writer, { stampedFrom: null, writtenUpTo: 99n }, { after: '', limit: 1 })
  await keepMissing(db, writer, { missing: gone, checkpoint: null, usage: { requests: 0, bytes: 0 } })
  await deleteMissing(db, writer, null, new AbortController().signal)
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 1 })
  expect(await recordsOf(db, seeded)).toMatchObject([
    { externalId: 'A', deletionKind: 2 },
    { externalId: 'B', deletedAt: null },
  ])

  const counts = await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: '1' })]))
  expect(counts).toMatchObject({ created: 2, updated: 1, deleted: 1 })
  expect(await recordsOf(db, seeded)).toMatchObject([
    { externalId: 'A', deletedAt: null, deletionKind: null },
    { externalId: 'B' },
  ])
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 2 })
})

test('an absent field keeps what is stored, null clears it, and number and status follow', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  await commitBatch(
    db,
    writer,
    sampleBatch([sampleRow('A', { number: '1', status: 'OPEN', name: 'pump', site: 'S1' })]),
  )
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { status: null, name: 'valve' })]))
  expect(await recordsOf(db, seeded)).toMatchObject([
    {
      number: '1',
      status: null,
      data: { number: '1', status: null, name: 'valve', site: 'S1' },
      raw: '{"status":null,"name":"valve"}',
    },
  ])
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: null, status: 'CLOSED', site: null })]))
  expect(await recordsOf(db, seeded)).toMatchObject([
    { number: null, status: 'CLOSED', data: { number: null, status: 'CLOSED', name: 'valve', site: null } },
  ])
})

test('an absent stamp keeps the stored one', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const at = new Date('2026-01-02T03:04:05.678Z')
  await commitBatch(
    db,
    writer,
    sampleBatch([sampleRow('A', { number: '1' }, { sourceUpdatedAt: at, sourceCreatedAt: at })]),
  )
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: '2' })]))
  expect(await recordsOf(db, seeded)).toMatchObject([{ number: '2', sourceUpdatedAt: at, sourceCreatedAt: at }])
})

test('unchanged rows are not touched at all', async () => {
  const { writer, connectionKey, ...seeded } = await seedWriter(db)
  const rows = sampleRows(300)
  await commitBatch(db, writer, sampleBatch(rows))
  const versions = async () =>
    (
      await db.pool.query(
        'SELECT external_id, xmin::text, ctid::text FROM record WHERE connection_key = $1 ORDER BY external_id',
        [connectionKey],
      )
    ).rows
  const before = await versions()
  const sequence = (await entityStateOf(db, seeded)).changeSeq
  const changed = sampleRow('P-000007', { number: 'other' })
  await commitBatch(db, writer, sampleBatch([...rows.slice(0, 7), changed, ...rows.slice(8)]))
  const after = await versions()
  expect(
    after.filter((row, i) => row.xmin !== before[i].xmin || row.ctid !== before[i].ctid).map((row) => row.external_id),
  ).toEqual(['P-000007'])
  expect((await entityStateOf(db, seeded)).changeSeq).toBe(sequence + 1n)
})

test('a batch commits its checkpoint, its stamp, what it cost and what it saw with its records', async () => {
  const { writer, entityRunId } = await seedWriter(db)
  const late = new Date('2026-02-01T00:00:00.000Z')
  const hashes = Buffer.alloc(16, 1)
  const batch = (stamp: Date, name: string) =>
    sampleBatch([sampleRow(name)], {
      maxStamp: stamp,
      estimatedTotal: 7,
      checkpoint: { at: name },
      seen: { pass: 1, hashes },
    })
  await commitBatch(db, writer, batch(late, 'A'))
  await commitBatch(db, writer, batch(new Date('2026-01-01T00:00:00.000Z'), 'B'))
  expect(await entityRunOf(db, entityRunId)).toMatchObject({
    checkpoint: { at: 'B' },
    maxStamp: late,
    estimatedTotal: 7,
    sourceRequests: 2,
    sourceBytes: 200n,
  })
  const seen = await db.prisma.seenBatch.findMany({ where: { entityRunId }, orderBy: { batch: 'asc' } })
  expect(seen.map((row) => [row.pass, row.batch, row.hashes.length])).toEqual([
    [1, 0, 16],
    [1, 1, 16],
  ])
})

test('progress is an event only where the batch says that it is due', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([sampleRow('A')]))
  await commitBatch(db, writer, sampleBatch([sampleRow('B')], { progress: true, estimatedTotal: 9 }))
  const progress = (await eventsOf(db, seeded)).filter((event) => event.type === 'ENTITY_PROGRESS')
  expect(progress).toMatchObject([
    { entity: 'PART', status: 'RUNNING', estimatedTotal: 9, counts: { fetched: 2, created: 2 } },
  ])
})

test('the records of one connection and entity are not those of another with the same keys', async () => {
  const one = await seedWriter(db)
  const other = await seedWriter(db)
  await commitBatch(db, one.writer, sampleBatch([sampleRow('A', { number: 'one' })]))
  expect(await commitBatch(db, other.writer, sampleBatch([sampleRow('A', { number: 'other' })]))).toMatchObject({
    created: 1,
  })
  expect(await recordsOf(db, one)).toMatchObject([{ number: 'one' }])
  const found = await findRecords(db.pool, { id: other.connectionId, key: other.connectionKey }, 'PART', ['A'])
  expect(found.get('A')?.number).toBe('other')
})
