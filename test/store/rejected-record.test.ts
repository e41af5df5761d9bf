import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { sampleBatch, sampleRow } from './sample-batch.ts'
import { entityStateOf, openFreshDatabase, recordsOf, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const bad = (externalId: string, reason = 'number is not text') => ({
  externalId,
  reason,
  raw: `{"key":"${externalId}"}`,
})
const keptOf = (connectionKey: number) =>
  db.prisma.rejectedRecord.findMany({ where: { connectionKey }, orderBy: { externalId: 'asc' } })

test('a rejected record is kept with its reason, counted, and is no record', async () => {
  const { writer, entityRunId, ...seeded } = await seedWriter(db)
  const counts = await commitBatch(db, writer, sampleBatch([sampleRow('A')], { rejected: [bad('B'), bad('C')] }))
  expect(counts).toMatchObject({ fetched: 3, created: 1, rejected: 2 })
  expect(await keptOf(seeded.connectionKey)).toMatchObject([
    { externalId: 'B', reason: 'number is not text', raw: '{"key":"B"}', entityRunId },
    { externalId: 'C', entityRunId },
  ])
  expect(await recordsOf(db, seeded)).toHaveLength(1)
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 1, changeSeq: 1n })
})

test('a record that is rejected again is kept once, with its latest reason', async () => {
  const { writer, connectionKey } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([], { rejected: [bad('A', 'first'), bad('A', 'second')] }))
  await commitBatch(db, writer, sampleBatch([], { rejected: [bad('A', 'third')] }))
  expect(await keptOf(connectionKey)).toMatchObject([{ externalId: 'A', reason: 'third' }])
})

test('a rejected record is forgotten when it arrives well', async () => {
  const { writer, connectionKey } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([], { rejected: [bad('A'), bad('B')] }))
  await commitBatch(db, writer, sampleBatch([sampleRow('A')]))
  expect(await keptOf(connectionKey)).toMatchObject([{ externalId: 'B' }])
})

test('a stored record that is rejected when it changes keeps its last good state, and is forgotten when it arrives unchanged', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: 'good' })]))
  await commitBatch(db, writer, sampleBatch([], { rejected: [bad('A')] }))
  expect(await recordsOf(db, seeded)).toMatchObject([{ number: 'good', deletedAt: null }])
  expect(await keptOf(seeded.connectionKey)).toHaveLength(1)
  await commitBatch(db, writer, sampleBatch([sampleRow('A', { number: 'good' })]))
  expect(await keptOf(seeded.connectionKey)).toHaveLength(0)
})

test('rejections of one connection do not touch those of another', async () => {
  const one = await seedWriter(db)
  const other = await seedWriter(db)
  await commitBatch(db, one.writer, sampleBatch([], { rejected: [bad('A')] }))
  await commitBatch(db, other.writer, sampleBatch([sampleRow('A')]))
  expect(await keptOf(one.connectionKey)).toHaveLength(1)
})
