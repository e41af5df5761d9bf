import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { finishEntity } from '../../src/activities/finish-entity.ts'
import { AnswerInvalid, CredentialsRejected, RateLimited, SourceUnavailable } from '../../src/connectors/errors.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { freshDatabase } from '../database.ts'
import { entityRunOf, recordsOf, seedConnection, seedRun, seedWriter } from '../store/seeded-connection.ts'
import { pullOnce } from './pull-once.ts'
import { scriptSource } from './scripted-source.ts'

let db: Database

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 4, onError: () => {} })
})
afterAll(() => db.close())

async function scripted(given: Parameters<typeof scriptSource>[1] = {}, mode: SyncMode = 'INITIAL') {
  const seeded = await seedConnection(db)
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode }])
  return { ...scriptSource(db, given), seeded, id: entityRunIds[0] ?? '' }
}

test('parts of a torn page are no progress: a page after it that always fails ends in a failure, not in calls for ever', async () => {
  const { script, deps, id } = await scripted({ pageSize: 6_000 })
  script.records = Array.from({ length: 6_001 }, (_, i) => ({
    id: String(i).padStart(5, '0'),
    stamp: new Date(script.now.getTime() - 1e6 + i),
  }))
  script.beforePage = (after) => {
    if (after !== null) throw new SourceUnavailable('down')
  }
  expect(await pullOnce(deps, id)).toMatchObject({ done: false }) // the page is whole with the first call
  await expect(pullOnce(deps, id, { retrying: true })).rejects.toMatchObject({ type: 'SourceUnavailable' })
})

test('parts of a torn page after a resumption keep the place that was resumed from', async () => {
  const { script, deps, id } = await scripted({ pageSize: 6_000 })
  script.records = Array.from({ length: 18_000 }, (_, i) => ({
    id: String(i).padStart(5, '0'),
    stamp: new Date(script.now.getTime() - 1e6 + i),
  }))
  let asked = 0
  script.beforePage = () => {
    if (++asked === 3) throw new SourceUnavailable('down')
  }
  expect(await pullOnce(deps, id)).toMatchObject({ done: false })
  script.beforePage = () => {}
  await db.pool.query(
    `CREATE FUNCTION keep_places() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF OLD.checkpoint->>'after' IS NOT NULL AND NEW.checkpoint->>'after' IS NULL AND NEW.status = 'RUNNING' THEN RAISE 'place lost'; END IF;
       RETURN NEW; END $$`,
  )
  await db.pool.query(
    'CREATE TRIGGER keep_places BEFORE UPDATE ON entity_run FOR EACH ROW EXECUTE FUNCTION keep_places()',
  )
  expect(await pullOnce(deps, id, { retrying: true })).toMatchObject({ done: true })
  expect(await entityRunOf(db, id)).toMatchObject({ fetched: 18_000, created: 18_000 })
})

test('a run that has made no progress within its patience fails for good', async () => {
  const { script, deps, id } = await scripted()
  script.beforePage = () => {
    throw new SourceUnavailable('down')
  }
  await expect(pullOnce(deps, id)).rejects.toMatchObject({ nonRetryable: false })
  await db.pool.query(`UPDATE entity_run SET started_at = now() - interval '25 hours' WHERE id = $1`, [id])
  await expect(pullOnce(deps, id, { attempt: 2 })).rejects.toMatchObject({
    nonRetryable: true,
    details: [{ retryable: true, message: expect.stringContaining('retries have ended') }],
  })
})

const stamped = (script: { now: Date }, n: number) =>
  Array.from({ length: n }, (_, i) => ({ id: `R${i}`, stamp: new Date(script.now.getTime() - 1e6 + i) }))

/** A source whose fourth page and all after it ask to slow down for so long. */
async function throttledAfterProgress(mode: SyncMode, retryAfterMs: number) {
  const { script, deps, id } = await scripted({}, mode)
  script.records = stamped(script, 30)
  let asked = 0
  script.beforePage = () => {
    if (++asked >= 4) throw new RateLimited('erp.example asks to slow down (HTTP 429).', { retryAfterMs })
  }
  return { deps, id }
}

test('a source that asks to wait within a run’s patience, once batches are committed, is waited for', async () => {
  const { deps, id } = await throttledAfterProgress('INCREMENTAL', 20 * 60_000)
  const due = new Date(Date.now() + 60_000).toISOString()
  expect(await pullOnce(deps, id, { retryUntil: due })).toMatchObject({ done: false, waitMs: 20 * 60_000 })
  expect((await entityRunOf(db, id)).fetched).toBeGreaterThan(0)
})

test.each([
  ['INCREMENTAL', 6 * 3_600_000],
  ['FULL_RESYNC', 999_999_999_000],
] as const)(
  'a source that asks to wait beyond the patience of an %s run ends it, also once batches are committed',
  async (mode, retryAfterMs) => {
    const { deps, id } = await throttledAfterProgress(mode, retryAfterMs)
    await expect(pullOnce(deps, id)).rejects.toMatchObject({
      type: 'RateLimited',
      nonRetryable: true,
      details: [{ retryable: true, message: expect.stringContaining('retries have ended') }],
    })
    expect((await entityRunOf(db, id)).fetched).toBeGreaterThan(0)
  },
)

describe('an attempt after those that timed out, or died with their worker,', () => {
  const late = { nonRetryable: true, details: [{ code: 'NO_PROGRESS', retryable: true }] }
  async function begun(minutesAgo: number) {
    const rig = await scripted({}, 'INCREMENTAL')
    rig.script.records = stamped(rig.script, 3)
    await takeFence(db, rig.id, false)
    await db.pool.query(`UPDATE entity_run SET started_at = now() - $2 * interval '1 minute' WHERE id = $1`, [
      rig.id,
      minutesAgo,
    ])
    return rig
  }

  test('ends the run without reading where its patience is over', async () => {
    const { script, deps, id } = await begun(31)
    await expect(pullOnce(deps, id, { attempt: 2 })).rejects.toMatchObject(late)
    expect(script.reads).toEqual([])
  })

  test('ends it where the next scheduled one is due, and reads where it is not', async () => {
    const { script, deps, id } = await begun(5)
    const at = (ms: number) => new Date(Date.now() + ms).toISOString()
    await expect(pullOnce(deps, id, { attempt: 2, retryUntil: at(-1) })).rejects.toMatchObject(late)
    expect(script.reads).toEqual([])
    expect(await pullOnce(deps, id, { attempt: 2, retryUntil: at(60_000) })).toMatchObject({ done: true })
  })

  test('reads where the time was spent on waiting for a worker', async () => {
    const { deps, id } = await begun(31)
    expect(await pullOnce(deps, id, { attempt: 2, waitedMs: 20 * 60_000 })).toMatchObject({ done: true })
  })

  test('leaves the entity to a firing that came while it waited, where it would have waited for more than a day: the clocks may differ', async () => {
    const passed = new Date(Date.now() - 10 * 60_000).toISOString()
    for (const [hours, outcome] of [
      [23, 'reads'],
      [25, 'ends'],
    ] as const) {
      const { deps, id } = await begun(hours * 60)
      const attempt = pullOnce(deps, id, { attempt: 2, retryUntil: passed, waitedMs: (hours * 60 - 1) * 60_000 })
      if (outcome === 'reads') expect(await attempt).toMatchObject({ done: true })
      else await expect(attempt).rejects.toMatchObject(late)
    }
  })

  test.each([
    ['ahead', 1],
    ['behind', -1],
  ])('is judged by PostgreSQL and Temporal where its own clock is an hour %s', async (_, direction) => {
    const [early, tired, good] = [await begun(1), await begun(31), await begun(1)]
    early.script.beforePage = () => {
      throw new SourceUnavailable('down')
    }
    const scheduledAt = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: scheduledAt + direction * 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    await expect(pullOnce(early.deps, early.id, { attempt: 2, scheduledAt })).rejects.toMatchObject({
      nonRetryable: false,
    })
    await expect(pullOnce(tired.deps, tired.id, { attempt: 2, scheduledAt })).rejects.toMatchObject(late)
    expect(tired.script.reads).toEqual([])
    expect(await pullOnce(good.deps, good.id, { scheduledAt })).toMatchObject({ done: true })
    const { rows } = await db.pool.query<{ told: boolean }>(
      `SELECT progress_at BETWEEN now() - interval '1 minute' AND now() AS told FROM entity_run WHERE id = $1`,
      [good.id],
    )
    expect(rows).toEqual([{ told: true }])
  })

  test('does not hold against the run what the call before it took: the first attempt of a call reads', async () => {
    const { deps, id } = await begun(31)
    expect(await pullOnce(deps, id, { retrying: true })).toMatchObject({ done: true })
  })
})

test('an attempt that woke late and took the fence at the very end makes the run read again, not hang', async () => {
  const { writer, entityRunId } = await seedWriter(db)
  await takeFence(db, entityRunId, true)
  const outcome = { status: 'SUCCEEDED' as const, fence: writer.fence, watermark: null }
  const { deps } = scriptSource(db)
  expect(await finishEntity(deps)({ entityRunId, outcome })).toEqual({ overtaken: true })
  expect((await entityRunOf(db, entityRunId)).status).toBe('RUNNING')
})

test.each([new SourceUnavailable('504'), new AnswerInvalid('HTML')])(
  'a source that cannot count is read all the same: %s',
  async (failure) => {
    const { script, deps, seeded, id } = await scripted()
    script.records = [{ id: 'A', stamp: new Date(script.now.getTime() - 1e6) }]
    count(deps, async () => {
      throw failure
    })
    expect(await pullOnce(deps, id)).toMatchObject({ done: true })
    expect(await recordsOf(db, seeded)).toHaveLength(1)
  },
)

test('a count that refuses the credentials is a failure', async () => {
  const { deps, id } = await scripted()
  count(deps, async () => {
    throw new CredentialsRejected('no')
  })
  await expect(pullOnce(deps, id)).rejects.toMatchObject({ type: 'CredentialsRejected', nonRetryable: true })
})

test('where the source tells no time, the watermark stays behind ours by its skew and the lag', async () => {
  const { script, deps, id } = await scripted()
  script.records = [{ id: 'A', stamp: new Date(script.now.getTime() + 30_000) }]
  const open = deps.openSource
  deps.openSource = (input) => {
    const opened = open(input)
    return { ...opened, source: { ...opened.source, now: async () => null } }
  }
  deps.clock = () => script.now
  const result = await pullOnce(deps, id)
  const { windowSkewMs } = await entityRunOf(db, id)
  expect(windowSkewMs).toBeGreaterThan(0)
  expect(result).toMatchObject({
    done: true,
    watermark: new Date(script.now.getTime() - windowSkewMs - script.lagMs).toISOString(),
  })
})

function count(deps: ReturnType<typeof scriptSource>['deps'], answer: () => Promise<number | null>) {
  const open = deps.openSource
  deps.openSource = (input) => {
    const opened = open(input)
    return { ...opened, source: { ...opened.source, count: answer } }
  }
}
