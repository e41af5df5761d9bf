import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { entityRunOf, openFreshDatabase, recordsOf, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource, type Script } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)
const hourMs = 3_600_000
const all = 120

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const id = (i: number) => `R${String(i).padStart(3, '0')}`
const hourly = () => Array.from({ length: all }, (_, i) => ({ id: id(i), stamp: at((i - all) * hourMs) }))

async function connected(given: Partial<Script> = {}) {
  const { script, deps } = scriptSource(db, { now: end, records: hourly(), counts: true, ...given })
  const seeded = await seedConnection(db)
  const stored = async () => (await recordsOf(db, seeded)).filter((record) => !record.deletedAt)
  /** Without the question for the first stamp. */
  const windows = () => script.windows.slice(1)
  return { script, deps, seeded, stored, windows, initial: () => runOnce(deps, seeded, 'INITIAL') }
}

const inOneGo = [{ since: null, after: null }]
const startOf = ({ from }: { from: Date | null }) => from?.getTime() ?? 0

test('an initial sync reads windows in several chains at once, every record once, then what lies behind the last', async () => {
  const { script, stored, windows, initial } = await connected()
  script.records.push({ id: 'unstamped', stamp: null })
  let goOn = () => {}
  const four = new Promise<void>((resolve) => {
    goOn = resolve
  })
  script.beforePage = () => {
    if (windows().length === 4) goOn()
    // only when four are under way does any go on
    return windows().length > 0 ? four : undefined
  }
  expect(await initial()).toMatchObject({ fetched: all + 1, created: all + 1, unchanged: 0 })
  expect(await stored()).toHaveLength(all + 1)
  expect(windows().length).toBeGreaterThan(4)
  const last = windows().at(-1)?.until
  expect(last).toEqual(at(-2_000)) // the end less the lag: nothing earlier becomes visible any more
  expect(script.reads).toEqual([{ since: null, after: null, stampedFrom: last }])
})

test('windows hold like parts, also beside a record of 1900 and where one day holds most', async () => {
  const { script, windows, initial } = await connected({
    records: Array.from({ length: 300 }, (_, i) => ({ id: id(i), stamp: at(i * 0.16 * hourMs - 400 * 24 * hourMs) })),
    pageSize: 1,
  })
  script.records.push({ id: 'ancient', stamp: new Date('1900-01-01T00:00:00.000Z') })
  script.records.push({ id: 'recent', stamp: at(-hourMs) })
  expect(await initial()).toMatchObject({ fetched: 302 })
  const held = windows().map(
    (window) =>
      script.records.filter(({ stamp }) => Number(stamp) >= startOf(window) && stamp && stamp < window.until).length,
  )
  expect(Math.max(...held)).toBeLessThanOrEqual(302 / 2) // in two centuries it is told to less than a day
})

test('windows hold like parts where nearly all of ten years was modified in the last weeks', async () => {
  const { script, windows, initial } = await connected({
    records: Array.from({ length: 800 }, (_, i) => ({ id: id(i), stamp: at((i - 800) * 2.5 * hourMs) })),
    pageSize: 2,
  })
  script.records.push({ id: 'ancient', stamp: at(-10 * 365 * 24 * hourMs) })
  expect(await initial()).toMatchObject({ fetched: 801 })
  const held = windows().map(
    (window) =>
      script.records.filter(({ stamp }) => Number(stamp) >= startOf(window) && stamp && stamp < window.until).length,
  )
  expect(Math.max(...held)).toBeLessThanOrEqual((2 * 801) / 16)
})

// before every window has begun, and when the last has
test.each([8, 22, 36])(
  'a run that is interrupted at page %i goes on in each window where it was, and reads no ended one again',
  async (nth) => {
    const { script, deps, seeded, stored, windows } = await connected()
    const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INITIAL' }])
    const [entityRunId = ''] = entityRunIds
    let pages = 0
    script.beforePage = () => {
      if (++pages === nth) throw new Error('the source broke')
    }
    expect(await pullOnce(deps, entityRunId)).toMatchObject({ done: false })
    const before = await stored()
    expect(before.length).toBeGreaterThan(0)
    const asked = windows().length
    script.beforePage = () => {}
    expect(await pullOnce(deps, entityRunId, { retrying: true })).toMatchObject({ done: true })
    const resumed = windows().slice(asked) // the second call has no question for the first stamp
    for (const { from, until, after } of resumed) {
      const read = before.filter(({ sourceUpdatedAt: stamp }) => stamp && stamp >= (from ?? 0) && stamp < until)
      expect(after === null).toBe(read.length === 0)
    }
    expect(await entityRunOf(db, entityRunId)).toMatchObject({ fetched: all, created: all, unchanged: 0 })
  },
)

test('records modified while their windows are read are stored as they are now', async () => {
  const { script, deps, seeded, stored, initial } = await connected()
  const modify = (ids: string[], stamp: Date) => {
    script.records = script.records.map((it) => (ids.includes(it.id) ? { ...it, stamp, fields: { name: 'new' } } : it))
  }
  let pages = 0
  script.beforePage = () => {
    if (++pages === 8) modify([id(0), id(60), id(119)], at(-1_000))
    if (pages === 16) modify([id(1), id(61), id(118)], at(5_000))
  }
  await initial()
  script.now = at(60_000)
  await runOnce(deps, seeded, 'INCREMENTAL')
  const news = (await stored()).filter(({ data }) => (data as { name?: string }).name === 'new')
  expect(news.map((record) => record.externalId).sort()).toEqual([0, 1, 60, 61, 118, 119].map(id))
  expect(await stored()).toHaveLength(all)
})

test('a full re-sync by windows deletes exactly what is gone', async () => {
  const { script, deps, seeded, stored, windows, initial } = await connected()
  await initial()
  const before = windows().length
  script.records = script.records.filter((record) => record.id !== id(7) && record.id !== id(90))
  script.now = at(60_000)
  expect(await runOnce(deps, seeded, 'FULL_RESYNC')).toMatchObject({ fetched: all - 2, unchanged: all - 2, deleted: 2 })
  expect(windows().length).toBeGreaterThan(before + 4)
  // only they were in doubt: the windows are part of what was seen
  expect(script.asked.map((ids) => ids.slice(0, 2))).toEqual([[id(7), id(90)]])
  const left = (await stored()).map((record) => record.externalId)
  expect(left).toHaveLength(all - 2)
  expect(left).not.toContain(id(7))
})

test('a source that does not look at the end of a window costs a page more of each, and loses nothing', async () => {
  const { script, stored, windows, initial } = await connected({ windowFilter: 'from only' })
  const { fetched } = await initial()
  expect(await stored()).toHaveLength(all)
  expect(fetched).toBeLessThanOrEqual(all + 2 * windows().length * script.pageSize)
})

test('a source that does not look at the start of a window is read in one go', async () => {
  const { script, stored, initial } = await connected({ windowFilter: 'until only' })
  await initial()
  expect(await stored()).toHaveLength(all)
  expect(script.reads).toEqual(inOneGo)
})

test('there are no windows where they would gain nothing or the source cannot be read so', async () => {
  const oneStamp = hourly().map(({ id }) => ({ id, stamp: at(-hourMs) }))
  for (const given of [
    { windowFilter: 'refuses' },
    { counts: false },
    { maxInFlight: 1 },
    { pageBytes: 3 * 1024 * 1024 },
    { records: oneStamp },
    { records: hourly().slice(0, 20) },
  ] satisfies Partial<Script>[]) {
    const { script, stored, windows, initial } = await connected(given)
    await initial()
    expect(windows()).toEqual([])
    expect(script.reads).toEqual(inOneGo)
    expect(await stored()).toHaveLength(script.records.length)
  }
})

test('an incremental run reads in one go', async () => {
  const { script, deps, seeded, initial } = await connected()
  await initial()
  script.windows.length = 0
  script.records = hourly().map((record, i) => ({ ...record, stamp: at(10_000 + i * 1_000) }))
  script.now = at(hourMs)
  expect(await runOnce(deps, seeded, 'INCREMENTAL')).toMatchObject({ fetched: all })
  expect(script.windows).toEqual([])
})
