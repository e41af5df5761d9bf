import { afterAll, beforeAll, expect, test } from 'vitest'
import { nextDue } from '../../src/activities/next-due.ts'
import { SourceUnavailable } from '../../src/connectors/errors.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import type { Database } from '../../src/store/database.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { holdSchedules } from '../operations/held-schedules.ts'
import { openFreshDatabase, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { pullOnce } from './pull-once.ts'
import { scriptSource } from './scripted-source.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const schedule = { cron: '0 8,9 * * *' } // an hour from one firing to the next, then 23
const hourMs = 3_600_000

/** A run of an entity that has the schedule, or none. */
async function scheduled(mode: SyncMode, has: object | null = schedule) {
  const seeded = await seedConnection(db)
  const { connectionId } = seeded
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode }])
  await db.pool.query('UPDATE entity_state SET schedule = $2 WHERE connection_id = $1', [connectionId, has])
  const schedules = holdSchedules()
  await schedules.put(planSchedule(connectionId, schedule, false))
  const { script, deps } = scriptSource(db)
  return { script, schedules, deps: { ...deps, temporal: { ...deps.temporal, schedules } }, id: entityRunIds[0] ?? '' }
}

test('a call that goes on after a failure tells the firing that comes after its wait', async () => {
  const { script, schedules, deps, id } = await scheduled('INCREMENTAL')
  const [soon, next] = [new Date(Date.now() + 100), new Date(Date.now() + hourMs)]
  schedules.firings = [soon, next]
  script.records = Array.from({ length: 30 }, (_, i) => ({ id: `R${i}`, stamp: new Date(script.now.getTime() - 1e6) }))
  let asked = 0
  script.beforePage = () => {
    if (++asked >= 4) throw new Error('a fault')
  }
  expect(await pullOnce(deps, id)).toMatchObject({ done: false, due: { at: next.toISOString(), everyMs: 23 * hourMs } })
})

const minuteMs = 60_000
const ago = (minutes: number) => Date.now() - minutes * minuteMs
const iso = (ms: number) => new Date(ms).toISOString()

/** A run whose first attempt has waited six minutes for its place, while its schedule fired; then the source is down. */
async function waitedPastFiring(mode: SyncMode = 'INCREMENTAL') {
  const rig = await scheduled(mode)
  const next = new Date(ago(-4))
  rig.schedules.firings = [next]
  rig.script.beforePage = () => {
    throw new SourceUnavailable('down')
  }
  const retryUntil = iso(ago(1))
  return { ...rig, next, pull: (input: object) => pullOnce(rig.deps, rig.id, { retryUntil, ...input }) }
}

test('a firing that came while a call waited for its place has gone: the call goes on, and gives way to the one after it', async () => {
  const { next, pull } = await waitedPastFiring()
  const due = { at: next.toISOString(), everyMs: 23 * hourMs }
  expect(await pull({ scheduledAt: ago(6) })).toEqual({ done: false, waitMs: expect.any(Number), due })
})

test('so does an attempt behind one that waited and died with its worker', async () => {
  const { id, pull } = await waitedPastFiring()
  await takeFence(db, id, false, new Date(ago(6)))
  expect(await pull({ attempt: 2 })).toMatchObject({ done: false })
})

test('a run that was raised to a re-sync while it waited gives way to no firing', async () => {
  const { pull } = await waitedPastFiring('FULL_RESYNC')
  await expect(pull({})).rejects.toMatchObject({ nonRetryable: false })
})

test('only incremental runs of entities with a schedule give way; where PostgreSQL does not tell, what was told before stays', async () => {
  const incremental = await scheduled('INCREMENTAL')
  expect(await nextDue(incremental.deps, incremental.id, Date.now())).toMatchObject({ at: expect.any(String) })
  const broken = { ...db, pool: Object.assign(Object.create(db.pool), { query: () => Promise.reject(new Error()) }) }
  expect(await nextDue({ ...incremental.deps, db: broken }, incremental.id, Date.now())).toBeUndefined()
  const resync = await scheduled('FULL_RESYNC')
  expect(await nextDue(resync.deps, resync.id, Date.now())).toBeNull()
  const manual = await scheduled('INCREMENTAL', null)
  expect(await nextDue(manual.deps, manual.id, Date.now())).toBeNull()
})
