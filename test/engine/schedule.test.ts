import { afterAll, beforeAll, expect, test } from 'vitest'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { startScheduled } from '../../src/operations/start-scheduled.ts'
import { eventually } from '../eventually.ts'
import { seedRun } from '../store/seeded-connection.ts'
import { type Engine, startEngine } from './engine.ts'
import { connectScheduled } from './scheduled.ts'

let engine: Engine
const counts = { VENDOR: 20, PART: 20, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 }
const hourly = 'every-3600s'

beforeAll(async () => {
  engine = await startEngine({ counts })
  await engine.startWorker()
})
afterAll(() => engine.stop())

test('a connection gets one Temporal Schedule for each distinct schedule, with every policy spelled out', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  const { connectionId } = made
  const found = await made.handle(hourly).describe()
  expect(found.spec).toMatchObject({ intervals: [{ every: 3_600_000 }], jitter: 300_000 })
  expect(found.policies).toEqual({ overlap: 'SKIP', catchupWindow: 3_600_000, pauseOnFailure: false })
  expect(found.action).toMatchObject({
    workflowType: 'triggerSync',
    workflowId: `trigger/${connectionId}/${hourly}`,
    taskQueue: engine.taskQueue,
    args: [{ connectionId, schedule: hourly }],
    staticSummary: 'Scheduled sync, PT1H',
  })
  await engine.operations.setSchedule(engine.owner, { connectionId, entities: ['PART'], schedule: { every: 'PT15M' } })
  expect(await made.present(hourly, 'every-900s')).toEqual([hourly, 'every-900s'])
  await engine.operations.setSchedule(engine.owner, { connectionId, schedule: { every: 'PT15M' } })
  expect(await made.present(hourly, 'every-900s')).toEqual(['every-900s'])
  await engine.operations.setSchedule(engine.owner, { connectionId, schedule: null })
  expect(await made.present(hourly, 'every-900s')).toEqual([])
})

test('a schedule that fires starts one incremental run of the entities that have it, found by its connection', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  const { connectionId } = made
  await engine.operations.setSchedule(engine.owner, {
    connectionId,
    entities: ['VENDOR'],
    schedule: { every: 'PT15M' },
  })
  engine.demo.touch('PART', 3)
  const { trigger, syncRunId, skipped } = await made.fire(hourly)
  expect(skipped).toEqual([])
  const run = await engine.finished(syncRunId ?? '')
  expect(run).toMatchObject({
    trigger: 'SCHEDULE',
    mode: 'INCREMENTAL',
    status: 'SUCCEEDED',
    requestedBy: 'schedule',
    entities: [{ entity: 'PART', updated: 3 }],
  })
  const description = await trigger.describe()
  expect(description.workflowId).toMatch(new RegExp(`^trigger/${connectionId}/${hourly}-`))
  expect(description.searchAttributes).toMatchObject({ SynclineConnection: [connectionId] })
  expect(await description.staticSummary()).toBe('Scheduled sync, PT1H')
})

test('a firing that is handled again starts nothing again', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  const firing = { connectionId: made.connectionId, schedule: hourly, triggerId: 'one and the same' }
  const first = await startScheduled(engine.deps, firing)
  await engine.finished(first.syncRunId ?? '')
  expect(await startScheduled(engine.deps, firing)).toEqual(first)
  expect(await made.runs()).toHaveLength(1)
  expect(await made.events('SYNC_SKIPPED')).toEqual([])
})

test('a busy entity is skipped with an event that names the run that holds it; the free ones run', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  const { connectionId } = made
  const { syncRunId: holder } = await seedRun(engine.db, { connectionId, connectionKey: 0, environmentId: '' }, [
    { entity: 'PART', mode: 'INCREMENTAL' },
  ])
  const first = await made.fire(hourly)
  expect(first.skipped).toEqual(['PART'])
  expect(await engine.finished(first.syncRunId ?? '')).toMatchObject({
    status: 'SUCCEEDED',
    entities: [{ entity: 'VENDOR' }],
  })
  const [event] = await made.events('SYNC_SKIPPED')
  expect(event).toMatchObject({
    entity: 'PART',
    syncRunId: null,
    message: expect.stringContaining(`sync-run/${holder}`),
  })

  await engine.operations.updateConnection(engine.owner, { connectionId, entities: ['PART'] })
  const second = await made.fire(hourly)
  expect(second).toMatchObject({ syncRunId: null, skipped: ['PART'] })
  expect(await made.events('SYNC_SKIPPED')).toHaveLength(2)
  expect(await made.runs()).toHaveLength(1)
})

test('a schedule fires when Temporal said it would, jitter included, and one that is over says nothing', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  const { connectionId } = made
  const ask = { connectionId, schedule: { every: 'PT1H' } }
  expect(await eventually('a promise', async () => (await engine.operations.nextRuns([ask]))[0])).toEqual(
    (await made.handle(hourly).describe()).info.nextActionTimes[0],
  )
  const plan = planSchedule(connectionId, { every: 'PT1H' }, false)
  await engine.deps.temporal.schedules.put({ ...plan, firing: { everyMs: 4_000 }, jitterMs: 2_000 })
  for (let i = 0; i < 2; i++) {
    const promised = await eventually('a promise', async () => (await engine.operations.nextRuns([ask]))[0])
    await eventually('the schedule to fire', async () => {
      const { info } = await made.handle(hourly).describe()
      return info.recentActions.find((action) => action.scheduledAt.getTime() === promised.getTime())
    })
  }
  await engine.operations.setSchedule(engine.owner, { connectionId, schedule: null })
  expect(await engine.operations.nextRuns([ask])).toEqual([null])
})

test('a left-over schedule that fires starts nothing and is removed', async () => {
  const made = await connectScheduled(engine, { every: 'PT1H' })
  await engine.deps.temporal.schedules.put(planSchedule(made.connectionId, { every: 'PT5M' }, false))
  expect(await made.fire('every-300s')).toMatchObject({ syncRunId: null, skipped: [] })
  expect(await made.present(hourly, 'every-300s')).toEqual([hourly])
  expect(await made.runs()).toEqual([])
})
