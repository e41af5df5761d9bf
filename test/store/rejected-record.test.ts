import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { hasRejectedWithoutKey } from '../../src/store/rejected-record.ts'
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

test('of a payload beyond 64 KB the beginning is kept, in whole characters, with a note', async () => {
  const { writer, connectionKey } = await seedWriter(db)
  const raw = `x${'é'.repeat(50_000)}`
  await commitBatch(db, writer, sampleBatch([], { rejected: [{ externalId: 'A', reason: 'too long', raw }] }))
  const [kept] = await keptOf(connectionKey)
  const [beginning = '', note] = kept?.raw.split('\n') ?? []
  expect(raw.startsWith(beginning)).toBe(true)
  expect(Buffer.byteLength(beginning)).toBe(65_535)
  expect(note).toBe('[cut by Syncline: the first 65535 of 100001 bytes]')
  await commitBatch(
    db,
    writer,
    sampleBatch([], { rejected: [{ externalId: 'B', reason: 'fits', raw: 'y'.repeat(65_536) }] }),
  )
  expect((await keptOf(connectionKey))[1]?.raw).toHaveLength(65_536)
})

test('the newest 10,000 are kept of one entity, and the count tells of all', async () => {
  const { writer, connectionKey, entityRunId } = await seedWriter(db)
  const some = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => bad(`${prefix}${i}`))
  await commitBatch(db, writer, sampleBatch([], { rejected: some('old', 3_000) }))
  await commitBatch(db, writer, sampleBatch([], { rejected: some('a', 5_000) }))
  await commitBatch(db, writer, sampleBatch([], { rejected: some('b', 5_000) }))
  const kept = (await keptOf(connectionKey)).map((it) => it.externalId)
  expect(kept).toHaveLength(10_000)
  expect(kept.some((externalId) => externalId.startsWith('old'))).toBe(false)
  expect(await db.prisma.entityRun.findUniqueOrThrow({ where: { id: entityRunId } })).toMatchObject({
    rejected: 13_000,
  })
})

test('that records came without a key stays known when later rejections have pushed them out', async () => {
  const { writer, entityRunId, connectionKey } = await seedWriter(db)
  expect(await hasRejectedWithoutKey(db, entityRunId)).toBe(false)
  await commitBatch(db, writer, sampleBatch([], { rejected: [bad('?0123')] }))
  const later = Array.from({ length: 10_000 }, (_, i) => bad(`later${i}`))
  await commitBatch(db, writer, sampleBatch([], { rejected: later }))
  expect((await keptOf(connectionKey)).some(({ externalId }) => externalId.startsWith('?'))).toBe(false)
  expect(await hasRejectedWithoutKey(db, entityRunId)).toBe(true)
})
