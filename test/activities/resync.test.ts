import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceUnavailable } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import {
  entityRunOf,
  entityStateOf,
  openFreshDatabase,
  recordsOf,
  seedConnection,
  seedRun,
} from '../store/seeded-connection.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)
const hourMs = 3_600_000

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const ten = () => Array.from({ length: 10 }, (_, i) => ({ id: `R${i}`, stamp: at(-100_000 + i) }))

/** A connection whose ten records an initial run has read. */
async function synced(given: Partial<Script> = {}) {
  const { script, deps } = scriptSource(db, { now: end, records: ten(), ...given })
  const seeded = await seedConnection(db)
  await runOnce(deps, seeded, 'INITIAL')
  script.reads.length = 0
  script.now = at(60_000)
  const gone = async () =>
    (await recordsOf(db, seeded)).filter((record) => record.deletedAt).map((record) => record.externalId)
  return { script, deps, seeded, gone, run: () => runOnce(deps, seeded, 'FULL_RESYNC') }
}

test('a re-sync reads everything, then what changed since its start, then deletes what is gone', async () => {
  const { script, run, gone } = await synced()
  script.records = script.records.filter((record) => record.id !== 'R4')
  expect(await run()).toMatchObject({ fetched: 9, unchanged: 9, created: 0, updated: 0, deleted: 1 })
  expect(await gone()).toEqual(['R4'])
  expect(script.reads.map((read) => read.since)).toEqual([null, at(60_000)])
  expect(script.asked).toEqual([['R4', 'R0', 'R1', 'R2', 'R3', 'R5']])
})

test('a record that moved behind the reader is met in the second look, and stays', async () => {
  const { script, run, gone } = await synced({ asksByKey: false, readsByKey: true })
  let pages = 0
  script.beforePage = () => {
    // modified after the end, when the read is past its old place: it comes behind all that the read still looks at
    if (++pages === 2)
      script.records = script.records.map((record) => (record.id === 'R9' ? { ...record, stamp: at(61_000) } : record))
  }
  await run()
  expect(await gone()).toEqual([])
})

test('where one enumeration does not prove absence there is a second, and what either has seen stays', async () => {
  for (const given of [
    { readsByKey: false, asksByKey: true },
    { readsByKey: true, asksByKey: false },
    { readsByKey: false, asksByKey: false },
  ]) {
    const { script, run, gone } = await synced(given)
    const all = script.records.filter((record) => record.id !== 'R0')
    let whole = 0
    script.beforePage = (after) => {
      // paging that slips: the first enumeration misses one record, the second another
      if (after !== null) return
      const missed = ++whole === 1 ? 'R5' : 'R6'
      script.records = all.filter((record) => record.id !== missed)
    }
    await run()
    expect([given, script.reads.filter((read) => read.since === null).length]).toEqual([given, 2])
    expect(await gone()).toEqual(['R0'])
  }
})

test('a re-sync that is interrupted in its second look goes on there, and knows what it saw before', async () => {
  const { script, deps, seeded, gone } = await synced()
  script.records = script.records.filter((record) => record.id !== 'R4')
  const [id = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])).entityRunIds
  let looks = 0
  script.beforePage = (after) => {
    if (after === null && ++looks === 2) throw new Error('the source broke')
  }
  expect(await pullOnce(deps, id)).toEqual({ done: false, waitMs: expect.any(Number), due: null })
  expect(await entityRunOf(db, id)).toMatchObject({ fetched: 9, deleted: 0 })
  script.beforePage = () => {}
  expect(await pullOnce(deps, id, { retrying: true })).toMatchObject({ done: true })
  expect(await gone()).toEqual(['R4'])
  expect(await entityRunOf(db, id)).toMatchObject({ attempt: 2, deleted: 1 })
})

test('a re-sync that fails or is canceled before its end deletes nothing', async () => {
  const { script, deps, seeded, gone } = await synced()
  script.records = script.records.slice(0, 3)
  const [id = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])).entityRunIds
  let looks = 0
  script.beforePage = (after) => {
    if (after === null && ++looks === 2) throw new Error('the source broke')
  }
  await pullOnce(deps, id)
  await endEntityRun(db, id, { status: 'CANCELED' })
  expect(await gone()).toEqual([])
})

test('an incremental run deletes nothing; the initial one after the entity was enabled again deletes what has gone meanwhile', async () => {
  const { script, deps, seeded, gone } = await synced()
  script.records = script.records.filter((record) => record.id !== 'R4')
  await runOnce(deps, seeded, 'INCREMENTAL')
  expect(await gone()).toEqual([])
  expect(await runOnce(deps, seeded, 'INITIAL')).toMatchObject({ deleted: 1 })
  expect(await gone()).toEqual(['R4'])
})

test('what an earlier re-sync holds waits on where a later one cannot tell what is gone, and is overtaken by one that can', async () => {
  const records = Array.from({ length: 40 }, (_, i) => ({ id: `R${i}`, stamp: at(-100_000 + i) }))
  const { script, seeded, run } = await synced({ asksByKey: false, records })
  script.records = records.slice(0, 10)
  const first = await run()
  expect(first).toMatchObject({ heldDeletes: 30 })
  // whose key cannot be read: it may be any of those that are missed
  script.records = [...records.slice(0, 10), { id: '?', stamp: at(0), fields: { bad: true } }]
  expect(await run()).toMatchObject({ rejected: expect.any(Number), heldDeletes: 0, deleted: 0 })
  expect(await entityRunOf(db, first.id)).toMatchObject({ heldDeletes: 30 })
  expect(await entityStateOf(db, seeded)).toMatchObject({ heldRunId: first.id })
  script.records = records.slice(0, 10)
  const second = await run()
  expect(second).toMatchObject({ heldDeletes: 30 })
  expect(await entityRunOf(db, first.id)).toMatchObject({ heldDeletes: 0 })
  expect(await entityStateOf(db, seeded)).toMatchObject({ heldRunId: second.id })
})

test('a pass that brought nothing is not read again when the next one fails', async () => {
  const { script, deps, seeded } = await synced({ records: [] })
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])
  const [entityRunId = ''] = entityRunIds
  let pages = 0
  script.beforePage = () => {
    if (++pages === 2) throw new SourceUnavailable('The source is away.')
  }
  // some progress: back-off and patience start anew
  expect(await pullOnce(deps, entityRunId)).toMatchObject({ done: false, waitMs: expect.any(Number), due: null })
  expect(await pullOnce(deps, entityRunId, { retrying: true })).toMatchObject({ done: true })
  expect(script.reads.map((read) => read.since)).toEqual([null, at(60_000), at(60_000)])
})

test('a re-sync that was interrupted before it read what changed deletes nothing that is there', async () => {
  const { script, deps } = scriptSource(db, {
    now: end,
    records: Array.from({ length: 60 }, (_, i) => ({ id: `R${i}`, stamp: at((i - 60) * hourMs) })),
    asksByKey: false,
  })
  const seeded = await seedConnection(db)
  await runOnce(deps, seeded, 'INITIAL')
  const touch = (ids: string[], stamp: Date) => {
    script.records = script.records.map((it) => (ids.includes(it.id) ? { ...it, stamp } : it))
  }
  const busy = [20, 21, 22, 23, 24, 25, 26, 59].map((i) => `R${i}`)
  script.now = at(60_000)
  const [entityRunId = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])).entityRunIds
  let passes = 0
  script.beforePage = (after) => {
    if (after !== null) return
    passes++
    if (passes === 1) touch(busy, at(70_000))
    if (passes === 3) throw new SourceUnavailable('The source is away.')
  }
  await pullOnce(deps, entityRunId)
  // an hour later all of them have been changed again
  script.now = at(hourMs)
  touch(busy, at(hourMs - 60_000))
  script.beforePage = () => {}
  expect(await pullOnce(deps, entityRunId, { retrying: true })).toMatchObject({ done: true })
  const gone = (await recordsOf(db, seeded)).filter((record) => record.deletedAt).map((it) => it.externalId)
  expect(gone).toEqual([])
})
