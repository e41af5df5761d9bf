import { afterAll, beforeAll, expect, test } from 'vitest'
import { countLive } from '../../src/store/completeness.ts'
import type { Database } from '../../src/store/database.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { knownKeys } from '../../src/store/known-records.ts'
import { mostUnstamped } from '../../src/store/unstamped.ts'
import { sampleBatch, sampleRow, sampleRows } from './sample-batch.ts'
import { openFreshDatabase, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const since = new Date('2026-03-01T00:00:00.000Z')
const before = new Date(since.getTime() - 1)

test('what a window holds is the same number, whether it is counted or what lies outside it', async () => {
  const { writer, ...seeded } = await seedWriter(db)
  const stamps = [
    { sourceUpdatedAt: since },
    { sourceUpdatedAt: since, sourceCreatedAt: before },
    { sourceUpdatedAt: before, sourceCreatedAt: before },
    { sourceUpdatedAt: before, sourceCreatedAt: since },
    { sourceCreatedAt: since },
    { sourceCreatedAt: before },
    {},
  ]
  const rows = ['live', 'deleted'].flatMap((kind) => stamps.map((it, i) => sampleRow(`${kind} ${i}`, {}, it)))
  await commitBatch(db, writer, sampleBatch(rows))
  const { connectionId, connectionKey } = seeded
  await db.pool.query(
    `UPDATE record SET deleted_at = now(), deletion_kind = 1 WHERE connection_key = $1 AND external_id LIKE 'deleted%'`,
    [connectionKey],
  )
  await db.pool.query('UPDATE entity_state SET record_count = record_count - $2 WHERE connection_id = $1', [
    connectionId,
    stamps.length,
  ])
  expect(await countLive(db, writer, since, false)).toBe(4)
  expect(await countLive(db, writer, since, true)).toBe(4)
  expect(await countLive(db, writer, null, true)).toBe(stamps.length)
})

test('where more records have no modified stamp than an incremental run may look at they are not counted; a few are known all the same', async () => {
  const { writer } = await seedWriter(db)
  const unstamped = (count: number, name: string) =>
    sampleRows(count, name).map((row) => ({ ...row, sourceCreatedAt: since }))
  await commitBatch(db, writer, sampleBatch(unstamped(mostUnstamped, 'A')))
  expect(await countLive(db, writer, since, false)).toBe(mostUnstamped)
  await commitBatch(db, writer, sampleBatch(unstamped(1, 'B')))
  expect(await countLive(db, writer, since, false)).toBeNull()
  expect(await countLive(db, writer, since, true)).toBe(mostUnstamped + 1)
  const { inWindow, others } = await knownKeys(db, { ...writer, entity: 'PART' }, since, { limit: 3, mostUnstamped })
  expect([inWindow.length, others]).toEqual([3, []])
})

test('of records without a modified stamp the last by key are known, or where all are looked through any', async () => {
  const { writer } = await seedWriter(db)
  const created = (count: number, name: string, sourceCreatedAt: Date) =>
    sampleRows(count, name).map((row) => ({ ...row, sourceCreatedAt }))
  const before = new Date(since.getTime() - 1)
  await commitBatch(db, writer, sampleBatch([...created(5, 'A', since), ...created(5, 'B', before)]))
  const known = (most: number | null) =>
    knownKeys(db, { ...writer, entity: 'PART' }, since, { limit: 3, mostUnstamped: most })
  expect((await known(5)).inWindow).toEqual([])
  expect((await known(5)).others).toHaveLength(3)
  expect((await known(null)).inWindow).toHaveLength(3)
})
