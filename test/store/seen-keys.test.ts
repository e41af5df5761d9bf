import { hash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { seenKeys } from '../../src/store/seen-keys.ts'
import { openFreshDatabase, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const hashOf = (id: number) => hash('sha1', String(id), 'buffer').subarray(0, 8)
const keep = (entityRunId: string, pass: number, batch: number, hashes: Buffer) =>
  db.pool.query('INSERT INTO seen_batch (entity_run_id, pass, batch, hashes) VALUES ($1, $2, $3, $4)', [
    entityRunId,
    pass,
    batch,
    hashes,
  ])

test('every key that one of the passes has met is known, and no other', async () => {
  const { entityRunId } = await seedWriter(db)
  const other = await seedWriter(db)
  const ids = Array.from({ length: 5_000 }, (_, i) => i)
  for (let batch = 0; batch < 13; batch++)
    await keep(entityRunId, 1 + (batch % 2), batch, Buffer.concat(ids.filter((id) => id % 13 === batch).map(hashOf)))
  await keep(entityRunId, 1, 100, Buffer.concat(ids.slice(0, 700).map(hashOf))) // met again
  await keep(entityRunId, 3, 0, hashOf(6_000))
  await keep(other.entityRunId, 1, 0, hashOf(7_000))
  const seen = await seenKeys(db, entityRunId, [1, 2])
  expect(ids.every((id) => seen.has(hashOf(id)))).toBe(true)
  expect(Array.from({ length: 9_000 }, (_, i) => i + 5_000).some((id) => seen.has(hashOf(id)))).toBe(false)
  expect((await seenKeys(db, entityRunId, [3])).has(hashOf(6_000))).toBe(true)
})

test('nothing met is nothing known', async () => {
  const { entityRunId } = await seedWriter(db)
  expect((await seenKeys(db, entityRunId, [1, 2, 3])).has(hashOf(1))).toBe(false)
})

test('keys of two enumerations take 12 bytes each, and other work goes on while they are read', async () => {
  const { entityRunId } = await seedWriter(db)
  const [batches, keys] = [100, 5_000]
  for (const pass of [1, 2])
    for (let batch = 0; batch < batches; batch++) await keep(entityRunId, pass, batch, randomBytes(keys * 8))
  const before = process.memoryUsage().arrayBuffers
  let turns = 0
  const turn = setInterval(() => (turns += 1), 0)
  const seen = await seenKeys(db, entityRunId, [1, 2])
  clearInterval(turn)
  expect(seen.has(hashOf(1))).toBe(false)
  // what was read of the batches may not be collected yet
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * batches * keys * (12 + 8 + 4))
  expect(turns).toBeGreaterThan(20)
})
