import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createPlaces } from '../../src/activities/places.ts'
import { SourceUnavailable } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { entityRunOf, openFreshDatabase, recordsOf, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource } from './scripted-source.ts'

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const named = (count: number) => Array.from({ length: count }, (_, i) => `R${String(i).padStart(4, '0')}`)

/** A re-sync that will miss all but the first `left` of so many records, and is asked for 200 of them at a time. */
async function resync({ stored, left, guard = 20 }: { stored: number; left: number; guard?: number }) {
  const records = named(stored).map((id, i) => ({ id, stamp: at(-100_000 + i) }))
  const { script, deps } = scriptSource(db, { now: end, records, pageSize: 1_000 })
  const seeded = await seedConnection(db)
  await db.prisma.connection.update({ where: { id: seeded.connectionId }, data: { deleteGuardPercent: guard } })
  await runOnce(deps, seeded, 'INITIAL')
  script.now = at(60_000)
  script.records = records.slice(0, left)
  const [entityRunId = ''] = (await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])).entityRunIds
  /** From here on the source answers so many questions by key; and then? */
  const answers = (count: number, andThen: () => void | Promise<void> = down) => {
    let asked = 0
    script.beforeAsk = () => (++asked > count ? andThen() : undefined)
  }
  const down = () => {
    throw new SourceUnavailable('down')
  }
  return {
    script,
    deps,
    entityRunId,
    answers,
    pull: () => pullOnce(deps, entityRunId, { retrying: true }),
    run: () => entityRunOf(db, entityRunId),
    kept: async () =>
      (await db.prisma.missingBatch.findMany({ where: { entityRunId } })).flatMap((it) => it.externalIds),
    gone: async () =>
      (await recordsOf(db, seeded)).filter((record) => record.deletedAt).map((record) => record.externalId),
  }
}

test('a re-sync that is interrupted while it asks by key goes on there: it asks for nothing twice, and deletes when all is known', async () => {
  const { script, answers, pull, run, kept, gone } = await resync({ stored: 700, left: 100, guard: 100 })
  const missing = named(700).slice(100)
  answers(0)
  await pull() // reads
  answers(2)
  // steps of this pass are progress: back-off and patience begin anew
  expect(await pull()).toEqual({ done: false, waitMs: expect.any(Number), due: null })
  expect([await kept(), await gone()]).toEqual([missing.slice(0, 400), []])
  answers(0)
  await expect(pull()).rejects.toMatchObject({ type: 'SourceUnavailable' })
  answers(1)
  expect(await pull()).toMatchObject({ done: true })
  // behind each step a few that the run has met
  expect(script.asked.flatMap((ids) => ids.slice(0, -5))).toEqual(missing)
  expect([await kept(), await gone()]).toEqual([[], missing])
  expect(await run()).toMatchObject({ deleted: 600, heldDeletes: 0 })
})

test('a call whose turn is over in mid-question returns, and does not look again whether it is', async () => {
  const { script, deps, pull, gone } = await resync({ stored: 700, left: 100, guard: 100 })
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  // all places taken: one turn of ten seconds is over every five
  deps.places = createPlaces({ places: 2, turnMs: 10_000 })
  for (let reader = 0; reader < 2; reader++) deps.places.begin()
  script.beforeAsk = () => void vi.advanceTimersByTime(10_000)
  for (const questions of [1, 2]) {
    expect(await pull()).toMatchObject({ done: false, waitMs: null })
    expect(script.asked).toHaveLength(questions)
  }
  expect(await pull()).toMatchObject({ done: true })
  expect(await gone()).toHaveLength(600)
})

test('the guard judges all that is missing, not what was asked for since an interruption', async () => {
  const { answers, pull, run, gone } = await resync({ stored: 700, left: 450 })
  answers(1)
  await pull()
  answers(1)
  expect(await pull()).toMatchObject({ done: true })
  expect(await run()).toMatchObject({ deleted: 0, heldDeletes: 250 })
  expect(await gone()).toEqual([])
})

test('an attempt that has lost its fence while it asked keeps nothing, and its successor asks again', async () => {
  const { script, entityRunId, answers, pull, kept, gone } = await resync({ stored: 700, left: 100, guard: 100 })
  answers(1, async () => {
    await takeFence(db, entityRunId, true)
  })
  await pull()
  expect(script.asked).toHaveLength(2)
  expect(await kept()).toEqual(named(700).slice(100, 300))
  answers(2)
  expect(await pull()).toMatchObject({ done: true })
  expect(await gone()).toEqual(named(700).slice(100))
})

test('a re-sync that fails or is canceled while it asks deletes nothing and leaves nothing behind', async () => {
  const failure = {
    category: 'SOURCE_UNAVAILABLE',
    code: 'SourceUnavailable',
    message: 'down',
    retryable: true,
  } as const
  for (const outcome of [{ status: 'CANCELED' }, { status: 'FAILED', error: failure }] as const) {
    const { entityRunId, answers, pull, kept, gone } = await resync({ stored: 700, left: 100, guard: 100 })
    answers(2)
    await pull()
    expect(await kept()).toHaveLength(400)
    await endEntityRun(db, entityRunId, outcome)
    expect([await kept(), await gone()]).toEqual([[], []])
  }
})
