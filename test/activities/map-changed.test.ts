import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase, recordsOf, seedConnection } from '../store/seeded-connection.ts'
import { runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const six = () =>
  Array.from({ length: 6 }, (_, i) => ({ id: `R${i}`, stamp: at(-100_000 + i), fields: { name: `part ${i}` } }))

/** A connection whose six records an initial run has read, and a re-sync of them. */
async function synced(given: Partial<Script> = {}) {
  const { script, deps } = scriptSource(db, { now: end, records: six(), ...given })
  const seeded = await seedConnection(db)
  await runOnce(deps, seeded, 'INITIAL')
  script.now = at(60_000)
  const stored = async () =>
    new Map((await recordsOf(db, seeded)).map((record) => [record.externalId, record] as const))
  const rejected = async () =>
    (await db.prisma.rejectedRecord.findMany({ where: { connectionKey: seeded.connectionKey } })).map(
      (record) => record.externalId,
    )
  return {
    script,
    deps,
    stored,
    rejected,
    async resync() {
      script.mapped.length = 0
      return runOnce(deps, seeded, 'FULL_RESYNC')
    },
  }
}

const edit = (script: Script, id: string, fields: Record<string, unknown>) => {
  script.records = script.records.map((record) => (record.id === id ? { ...record, fields } : record))
}

test('a re-sync maps only the records whose text is not stored', async () => {
  const { script, resync, stored } = await synced()
  const before = await stored()
  edit(script, 'R2', { name: 'renamed' })
  script.records.push({ id: 'R9', stamp: at(-50), fields: { name: 'new' } })
  expect(await resync()).toMatchObject({ fetched: 7, unchanged: 5, updated: 1, created: 1, rejected: 0, deleted: 0 })
  expect(script.mapped).toEqual(['R2', 'R9'])
  const after = await stored()
  expect(after.get('R2')?.data).toEqual({ name: 'renamed' })
  expect(after.get('R1')).toEqual(before.get('R1'))
  expect(after.size).toBe(7)
})

test('a record that its mapping refuses is rejected though it waited, and forgotten when its old text is back', async () => {
  const { script, resync, stored, rejected } = await synced()
  edit(script, 'R2', { bad: true })
  expect(await resync()).toMatchObject({ fetched: 6, unchanged: 5, rejected: 1, deleted: 0 })
  expect(await rejected()).toEqual(['R2'])
  expect(await resync()).toMatchObject({ fetched: 6, unchanged: 5, rejected: 1 })
  expect(script.mapped).toEqual(['R2'])
  edit(script, 'R2', { name: 'part 2' })
  expect(await resync()).toMatchObject({ fetched: 6, unchanged: 6, rejected: 0 })
  expect(await rejected()).toEqual([])
  expect((await stored()).get('R2')?.data).toEqual({ name: 'part 2' })
})

test('another mapping maps everything again: it writes what it makes another of, and does not touch the rest', async () => {
  const { script, deps, resync, stored } = await synced()
  const before = await stored()
  deps.mappingCode = 'other'
  script.mapFields = ({ name }) => ({ name: name === 'part 3' ? 'PART 3' : name })
  expect(await resync()).toMatchObject({ fetched: 6, unchanged: 5, updated: 1 })
  expect(script.mapped).toHaveLength(6)
  const after = await stored()
  expect(after.get('R3')?.data).toEqual({ name: 'PART 3' })
  expect(after.get('R4')).toEqual(before.get('R4'))
})

test('a deleted record that is back with its old text is mapped and undeleted', async () => {
  const { script, resync, stored } = await synced()
  const [first, ...rest] = script.records
  script.records = rest
  expect(await resync()).toMatchObject({ deleted: 1 })
  if (first) script.records.unshift(first)
  expect(await resync()).toMatchObject({ unchanged: 5, updated: 1 })
  expect((await stored()).get('R0')).toMatchObject({ deletedAt: null, data: { name: 'part 0' } })
})

test('of several texts of one record in a batch the last counts, also where it is the one that is stored', async () => {
  const { script, resync, stored } = await synced({ pageSize: 3 })
  const [first] = script.records
  if (!first) throw new Error('there are no records')
  // read as another first, then as it is stored: it was changed back while it was read
  script.records.splice(1, 0, { ...first, fields: { name: 'for a moment' } })
  script.records.sort((a, b) =>
    a.fields?.['name'] === 'for a moment' ? -1 : b.fields?.['name'] === 'for a moment' ? 1 : 0,
  )
  expect(await resync()).toMatchObject({ fetched: 7, unchanged: 7, updated: 0 })
  expect((await stored()).get('R0')?.data).toEqual({ name: 'part 0' })
})
