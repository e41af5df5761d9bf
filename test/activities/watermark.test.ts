import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
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

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

async function connected(given: Partial<Script>) {
  const { script, deps } = scriptSource(db, { now: end, ...given })
  const seeded = await seedConnection(db)
  return {
    script,
    deps,
    seeded,
    run: (mode: SyncMode) => runOnce(deps, seeded, mode),
    watermark: async () => (await entityStateOf(db, seeded)).watermark,
    stored: async () => (await recordsOf(db, seeded)).map((record) => record.externalId),
  }
}

test('the watermark is the highest stamp seen, where that is older than the lag', async () => {
  const { run, watermark } = await connected({
    records: [
      { id: 'A', stamp: at(-9_000) },
      { id: 'B', stamp: at(-5_000) },
    ],
  })
  await run('INITIAL')
  expect(await watermark()).toBe(at(-5_000).toISOString())
})

test('the watermark stays behind the end by the lag, also when a stamp lies within it, at the end or beyond', async () => {
  for (const ms of [-1_999, -1, 0, 1, 3_600_000]) {
    const { run, watermark } = await connected({ records: [{ id: 'A', stamp: at(ms) }] })
    await run('INITIAL')
    expect([ms, await watermark()]).toEqual([ms, at(-2_000).toISOString()])
  }
})

test('a run that sees nothing, or nothing with a stamp, leaves the watermark where it stands', async () => {
  const { script, run, watermark } = await connected({ records: [{ id: 'A', stamp: at(-9_000) }] })
  await run('INITIAL')
  script.records = []
  script.now = at(60_000)
  await run('INCREMENTAL')
  expect(await watermark()).toBe(at(-9_000).toISOString())
  const unstamped = await connected({ records: [{ id: 'A', stamp: null }] })
  await unstamped.run('INITIAL')
  expect(await unstamped.watermark()).toBeNull()
})

test('the next incremental reads from the watermark, inclusive: records with that very stamp that came later are not lost', async () => {
  const { script, run, stored } = await connected({
    records: [
      { id: 'A', stamp: at(-5_000) },
      { id: 'B', stamp: at(-5_000) },
    ],
  })
  await run('INITIAL')
  script.records.push({ id: 'AB', stamp: at(-5_000) }, { id: 'C', stamp: at(-4_999) })
  script.now = at(60_000)
  const next = await run('INCREMENTAL')
  expect(script.reads.at(-1)?.since).toEqual(at(-5_000))
  expect(await stored()).toEqual(['A', 'AB', 'B', 'C'])
  expect(next).toMatchObject({ fetched: 4, created: 2, unchanged: 2, updated: 0 })
})

test('a record that appears late, with a stamp within the lag before the last end, is not lost', async () => {
  const { script, run, stored } = await connected({ records: [{ id: 'A', stamp: at(-1_000) }] })
  await run('INITIAL')
  script.records.push({ id: 'late', stamp: at(-2_000) })
  script.now = at(60_000)
  await run('INCREMENTAL')
  expect(await stored()).toEqual(['A', 'late'])
})

test('reads are open-ended: a record stamped while the run reads is stored, and read again by the next', async () => {
  const { script, run, stored, watermark } = await connected({ pageSize: 1, records: [{ id: 'A', stamp: at(-9_000) }] })
  script.beforePage = (after) => {
    if (after !== null && script.records.length === 1) script.records.push({ id: 'during', stamp: at(500) })
  }
  await run('INITIAL')
  expect(await stored()).toEqual(['A', 'during'])
  expect(await watermark()).toBe(at(-2_000).toISOString())
})

test('paging stops behind the first page wholly beyond the end: a busy source does not keep a run for ever', async () => {
  const { script, run } = await connected({ pageSize: 2, records: [{ id: 'A', stamp: at(-9_000) }] })
  let made = 0
  script.beforePage = () => {
    for (let i = 0; i < 2; i++) script.records.push({ id: `N${String(++made).padStart(5, '0')}`, stamp: at(made) })
  }
  expect((await run('INITIAL')).fetched).toBeLessThanOrEqual(4)
})

test('equal stamps across page boundaries lose nothing, also when the run is interrupted between them', async () => {
  const records = Array.from({ length: 20 }, (_, i) => ({ id: `R${String(i).padStart(2, '0')}`, stamp: at(-9_000) }))
  const { script, deps, seeded, stored } = await connected({ records })
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INITIAL' }])
  const [id = ''] = entityRunIds
  let pages = 0
  script.beforePage = () => {
    if (++pages === 4) throw new Error('the source broke')
  }
  expect(await pullOnce(deps, id)).toMatchObject({ done: false }) // what had come is kept
  script.beforePage = () => {}
  expect(await pullOnce(deps, id, { attempt: 2 })).toMatchObject({ done: true })
  expect(await stored()).toEqual(records.map((record) => record.id))
})

test('the end is fixed once: a later attempt of the run does not move it', async () => {
  const { script, deps, seeded } = await connected({ records: [{ id: 'A', stamp: at(-1) }] })
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INITIAL' }])
  const [id = ''] = entityRunIds
  script.beforePage = () => {
    throw new Error('the source broke')
  }
  await expect(pullOnce(deps, id)).rejects.toThrow()
  script.beforePage = () => {}
  script.now = at(3_600_000)
  script.records.push({ id: 'B', stamp: at(3_599_000) })
  expect(await pullOnce(deps, id, { attempt: 2 })).toMatchObject({ watermark: at(-2_000).toISOString() })
  expect(await entityRunOf(db, id)).toMatchObject({ windowEnd: end, attempt: 2 })
})

test('a failed and a canceled run leave the watermark, and the next run reads from the old one', async () => {
  const { script, deps, seeded, run, watermark } = await connected({ records: [{ id: 'A', stamp: at(-9_000) }] })
  await run('INITIAL')
  script.now = at(60_000)
  script.records.push({ id: 'B', stamp: at(30_000) })
  const error = { category: 'INTERNAL', code: 'X', message: 'x', retryable: true } as const
  for (const outcome of [{ status: 'FAILED', error } as const, { status: 'CANCELED' } as const]) {
    const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INCREMENTAL' }])
    await pullOnce(deps, entityRunIds[0] ?? '')
    await endEntityRun(db, entityRunIds[0] ?? '', outcome)
    expect(await watermark()).toBe(at(-9_000).toISOString())
  }
  await run('INCREMENTAL')
  expect(script.reads.at(-1)?.since).toEqual(at(-9_000))
  expect(await watermark()).toBe(at(30_000).toISOString())
})

/** Our clock goes on from `end`; the source's shows so much more. */
async function ahead(aheadMs: number, given: Partial<Script>) {
  const connection = await connected(given)
  const { script, deps } = connection
  let [ours, ahead] = [0, aheadMs]
  deps.clock = () => at(ours)
  const tick = (ms: number, setBackMs = 0) => {
    ours += ms
    ahead -= setBackMs
    script.now = at(ours + ahead)
  }
  tick(0)
  return { ...connection, tick, stamp: () => script.now }
}

const hourMs = 3_600_000

test.each([
  ['is still behind the watermark', 60_000],
  ['has passed the watermark again', 2 * hourMs],
])('after the source’s clock was set back nothing is hidden by the watermark, also when it %s', async (_, laterMs) => {
  const { script, run, stored, tick, stamp } = await ahead(hourMs, { records: [{ id: 'A', stamp: at(hourMs) }] })
  await run('INITIAL')
  tick(1_000, hourMs)
  script.records.push({ id: 'B', stamp: stamp() })
  tick(laterMs)
  await run('INCREMENTAL')
  expect(await stored()).toEqual(['A', 'B'])
})

test('what was stamped before the clock was set back is read although it lies beyond the end', async () => {
  const records = Array.from({ length: 9 }, (_, i) => ({ id: `A${i}`, stamp: at(hourMs - 1_500 + i) }))
  const { script, run, stored, tick, stamp } = await ahead(hourMs, { records, pageSize: 2 })
  await run('INITIAL')
  tick(1_000)
  script.records.push({ id: 'B', stamp: stamp() })
  tick(1_000, hourMs)
  await run('INCREMENTAL')
  expect(await stored()).toContain('B')
})

test('a clock that was set back by less than a run takes, or by several steps, hides nothing either', async () => {
  const { script, run, stored, tick, stamp, watermark } = await ahead(0, { records: [{ id: 'A', stamp: at(0) }] })
  await run('INITIAL')
  tick(500, 2_300)
  script.records.push({ id: 'B', stamp: stamp() })
  tick(500, 60_000)
  script.records.push({ id: 'C', stamp: stamp() })
  tick(10_000)
  await run('INCREMENTAL')
  expect(await stored()).toEqual(['A', 'B', 'C'])
  // its new time is the one that counts from now on
  expect(Date.parse((await watermark()) ?? '')).toBeLessThanOrEqual(stamp().getTime() - script.lagMs)
  tick(60_000)
  script.records.push({ id: 'D', stamp: stamp() })
  await run('INCREMENTAL')
  expect(script.reads.at(-1)?.since?.toISOString()).toBe(at(11_000 - 62_300 - 2_000).toISOString())
})

test('a run that fails after the clock was set back leaves it to the next to read from before', async () => {
  const { script, deps, seeded, run, stored, tick, stamp } = await ahead(hourMs, {
    records: [{ id: 'A', stamp: at(hourMs) }],
  })
  await run('INITIAL')
  tick(1_000, hourMs)
  script.records.push({ id: 'B', stamp: stamp() })
  tick(1_000)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INCREMENTAL' }])
  script.beforePage = () => {
    throw new Error('the source broke')
  }
  await expect(pullOnce(deps, entityRunIds[0] ?? '')).rejects.toThrow()
  await endEntityRun(db, entityRunIds[0] ?? '', { status: 'CANCELED' })
  script.beforePage = () => {}
  tick(2 * hourMs)
  await run('INCREMENTAL')
  expect(await stored()).toEqual(['A', 'B'])
})
