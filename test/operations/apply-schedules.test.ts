import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { applySchedules, repairSchedules } from '../../src/operations/apply-schedules.ts'
import { createMendingRound } from '../../src/operations/mending-round.ts'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { eventsOf } from '../store/seeded-connection.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller
let connectionId: string
const hourly = { every: 'PT1H' }

const repair = (deps: Pick<OperationsRig['deps'], 'db' | 'temporal' | 'log'> = rig.deps) =>
  repairSchedules(deps, createMendingRound(deps.log, new AbortController().signal))

beforeAll(async () => {
  rig = await startOperations()
  owner = await rig.ownerIn('production')
})
afterAll(() => rig.close())
beforeEach(async () => {
  const schedules = { entities: ['PART', 'VENDOR'] as const, schedule: hourly }
  connectionId = (await rig.operations.createConnection(owner, demoConnection(schedules))).connectionId
})

const held = () => rig.temporal.schedules.of(connectionId).map(({ key, paused }) => (paused ? `${key} paused` : key))
const setStatus = (status: 'ACTIVE' | 'PAUSED' | 'ACTION_REQUIRED' | 'DISCONNECTED') =>
  rig.db.prisma.connectionGate.update({ where: { connectionId }, data: { status } })
const connection = () => rig.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
const age = () =>
  rig.db.pool.query(
    `UPDATE connection SET schedules_checked_at = now() - interval '1 hour', schedules_changed_at = schedules_changed_at - interval '1 hour'
     WHERE id = $1`,
    [connectionId],
  )

test('a schedule is there once its connection is, and is paused or gone as its status says', async () => {
  expect(held()).toEqual(['every-3600s'])
  expect((await connection()).schedulesChangedAt).toBeNull()
  for (const [status, expected] of [
    ['PAUSED', ['every-3600s paused']],
    ['ACTION_REQUIRED', ['every-3600s paused']],
    ['ACTIVE', ['every-3600s']],
    ['DISCONNECTED', []],
  ] as const) {
    await setStatus(status)
    await applySchedules(rig.deps, connectionId)
    expect([status, held()]).toEqual([status, expected])
  }
})

test('a schedule that was replaced is removed although the list does not show it yet', async () => {
  rig.temporal.schedules.unlisted.add('every-3600s')
  await rig.operations.setSchedule(owner, { connectionId, schedule: { every: 'PT5M' } })
  expect(held()).toEqual(['every-300s'])
  rig.temporal.schedules.unlisted.clear()
})

test('a schedule of disabled entities alone is removed, and comes back with them', async () => {
  await rig.operations.setSchedule(owner, { connectionId, entities: ['VENDOR'], schedule: { every: 'PT5M' } })
  expect(held()).toEqual(['every-300s', 'every-3600s'])
  await rig.operations.updateConnection(owner, { connectionId, entities: ['PART'] })
  expect(held()).toEqual(['every-3600s'])
  await rig.operations.updateConnection(owner, { connectionId, entities: ['PART', 'VENDOR'] })
  expect(held()).toEqual(['every-300s', 'every-3600s'])
})

test('what could not be applied stays marked, and the reconciler applies it', async () => {
  const quiet = { ...rig.deps, log: Object.assign(Object.create(rig.deps.log), { warn: () => {} }) }
  rig.temporal.schedules.failNext = new Error('Temporal is away')
  rig.deps.log.warn = () => {}
  await rig.operations.setSchedule(owner, { connectionId, schedule: { every: 'PT5M' } })
  expect((await connection()).schedulesChangedAt).not.toBeNull()
  expect(held()).toEqual(['every-3600s'])
  await repair(quiet)
  expect(held()).toEqual(['every-3600s'])
  await age()
  await repair(quiet)
  expect(held()).toEqual(['every-300s'])
  expect((await connection()).schedulesChangedAt).toBeNull()
})

test('firings that Temporal itself let fall are told once, by whichever round sees them first', async () => {
  const told = async () =>
    (await eventsOf(rig.db, { connectionId })).flatMap(({ type, message }) =>
      type === 'SYNC_SKIPPED' ? [message] : [],
    )
  const { schedules } = rig.temporal
  await applySchedules(rig.deps, connectionId)
  expect(await told()).toEqual([])
  schedules.skips = { overlap: 3, missed: 0 }
  await Promise.all([1, 2, 3].map(() => applySchedules(rig.deps, connectionId)))
  expect(await told()).toEqual([expect.stringContaining('3 because no worker had taken up the one before')])
  schedules.skips = { overlap: 4, missed: 2 }
  await applySchedules(rig.deps, connectionId)
  expect((await told()).at(-1)).toMatch(/PT1H.* 1 because no worker .* and 2 because Temporal was away/)
  schedules.skips = { overlap: 0, missed: 0 } // made anew
  await applySchedules(rig.deps, connectionId)
  schedules.skips = { overlap: 1, missed: 0 }
  await applySchedules(rig.deps, connectionId)
  expect(await told()).toHaveLength(3)
  schedules.skips = { overlap: 0, missed: 0 }
})

test('an older wish that is written late does not stand', async () => {
  let raced = false
  rig.temporal.schedules.beforePut = async () => {
    if (raced) return
    raced = true
    // another process pauses the connection and applies that, while this one is about to write what it read before
    await rig.operations.pauseConnection(owner, { connectionId })
  }
  await applySchedules(rig.deps, connectionId)
  rig.temporal.schedules.beforePut = async () => {}
  expect(held()).toEqual(['every-3600s paused'])
})

test('a round of the reconciler looks at a bounded number, those first that it looked at longest ago', async () => {
  const owners = await rig.ownerIn('testing')
  const made: string[] = []
  for (let i = 0; i < 30; i++)
    made.push(
      (await rig.operations.createConnection(owners, demoConnection({ entities: ['PART'], schedule: hourly })))
        .connectionId,
    )
  await rig.db.pool.query(`UPDATE connection SET schedules_checked_at = now() - interval '1 hour' WHERE id = ANY($1)`, [
    made,
  ])
  await rig.db.pool.query(`UPDATE connection SET schedules_checked_at = now() - interval '2 hours' WHERE id = $1`, [
    made[29],
  ])
  for (const id of made) await rig.temporal.schedules.remove(id, 'every-3600s')
  const there = () => made.filter((id) => rig.temporal.schedules.of(id).length > 0)
  await repair()
  expect(there()).toHaveLength(25)
  expect(there()).toContain(made[29])
  await repair()
  expect(there()).toHaveLength(30)
})

test('what one connection cannot have applied keeps no other from it', async () => {
  rig.deps.log.warn = () => {}
  const other = await rig.operations.createConnection(owner, demoConnection({ entities: ['PART'], schedule: hourly }))
  await rig.db.pool.query(`UPDATE entity_state SET schedule = '{"every":"nonsense"}' WHERE connection_id = $1`, [
    connectionId,
  ])
  await rig.temporal.schedules.remove(other.connectionId, 'every-3600s')
  await age()
  await rig.db.pool.query(`UPDATE connection SET schedules_checked_at = now() - interval '1 hour' WHERE id = $1`, [
    other.connectionId,
  ])
  await repair()
  expect(rig.temporal.schedules.of(other.connectionId)).toEqual([planSchedule(other.connectionId, hourly, false)])
})

test('one schedule is described once, however many entities have it, and a Temporal that is away is no failure', async () => {
  rig.deps.log.warn = () => {}
  rig.temporal.schedules.described.length = 0
  const ask = { connectionId, schedule: hourly }
  expect(await rig.operations.nextRuns([ask, ask, { connectionId, schedule: { every: 'PT60M' } }])).toEqual(
    Array(3).fill(new Date('2027-01-01T00:00:00.000Z')),
  )
  expect(rig.temporal.schedules.described).toEqual(['every-3600s'])
  rig.temporal.schedules.failNext = new Error('away')
  expect(await rig.operations.nextRuns([ask])).toEqual([null])
})

test('a Temporal that is away is not asked again and again for one answer', async () => {
  rig.deps.log.warn = () => {}
  const { nextFiring } = rig.temporal.schedules
  let asked = 0
  rig.temporal.schedules.nextFiring = async () => {
    asked++
    throw new Error('away')
  }
  const many = Array.from({ length: 100 }, (_, i) => ({ connectionId, schedule: { every: `PT${i + 1}M` } }))
  expect(await rig.operations.nextRuns(many)).toEqual(Array(100).fill(null))
  rig.temporal.schedules.nextFiring = nextFiring
  expect(asked).toBeLessThanOrEqual(20)
})
