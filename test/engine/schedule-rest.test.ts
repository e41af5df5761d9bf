import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { reconcile } from '../../src/operations/reconcile.ts'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'
import { connectScheduled } from './scheduled.ts'

let engine: Engine
const counts = { VENDOR: 20, PART: 20, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 }
const hourly = 'every-3600s'
const schedule = { every: 'PT1H' }

beforeAll(async () => {
  engine = await startEngine({ counts })
  await engine.startWorker()
})
afterAll(() => engine.stop())
afterEach(() => engine.demo.setSwitches({ refuse: false }))

/** As if the last look at the schedules, and the last change, were a while ago. */
const aWhileAgo = (connectionId: string) =>
  engine.db.pool.query(
    `UPDATE connection SET schedules_checked_at = now() - interval '1 hour', schedules_changed_at = schedules_changed_at - interval '1 hour'
     WHERE id = $1`,
    [connectionId],
  )

test('pausing pauses the schedules and resuming lets them go on, also what was scheduled meanwhile', async () => {
  const made = await connectScheduled(engine, schedule)
  const { connectionId } = made
  await engine.operations.pauseConnection(engine.owner, { connectionId })
  expect(await made.present(hourly)).toEqual([`${hourly} paused`])
  expect(await engine.operations.nextRuns([{ connectionId, schedule }])).toEqual([null])
  // one that was under way when the connection was paused
  expect(await made.fire(hourly)).toMatchObject({ syncRunId: null, skipped: [] })
  await engine.operations.setSchedule(engine.owner, {
    connectionId,
    entities: ['PART'],
    schedule: { cron: '30 6 * * MON-FRI' },
  })
  await engine.operations.resumeConnection(engine.owner, { connectionId })
  const keys = await engine.deps.temporal.schedules.listed(connectionId)
  expect((await made.present(...keys)).sort()).toEqual([expect.stringMatching(/^cron-[0-9a-f]{12}$/), hourly])
  expect(await made.runs()).toEqual([])
})

test('refused credentials rest the schedules; good new ones, checked at the source, let them go on', async () => {
  const made = await connectScheduled(engine, schedule, ['PART'], { apiKey: 'first' })
  const { connectionId } = made
  const before = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  engine.demo.setSwitches({ refuse: true })
  const { syncRunId } = await made.fire(hourly)
  expect((await engine.finished(syncRunId ?? '')).status).toBe('FAILED')
  expect((await made.gate()).status).toBe('ACTION_REQUIRED')
  expect(await made.present(hourly)).toEqual([`${hourly} paused`])

  const update = () =>
    engine.operations.updateConnection(engine.owner, { connectionId, credentials: { apiKey: 'second' } })
  await expect(update()).rejects.toMatchObject({ code: 'SOURCE_AUTH_FAILED' })
  expect(await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })).toEqual(
    expect.objectContaining({ credentialsRef: before.credentialsRef }),
  )
  engine.demo.setSwitches({ refuse: false })
  await update()
  expect((await made.gate()).status).toBe('ACTIVE')
  expect(await made.events('CONNECTION_RESUMED')).toHaveLength(1)
  expect(await made.present(hourly)).toEqual([hourly])
  const after = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  expect(JSON.parse(await engine.deps.secrets.get(after.credentialsRef ?? ''))).toEqual({ apiKey: 'second' })
  await expect(engine.deps.secrets.get(before.credentialsRef ?? '')).rejects.toThrow()
})

test('a success after refused credentials lets the schedules go on by itself', async () => {
  const made = await connectScheduled(engine, schedule, ['PART'])
  const { connectionId } = made
  engine.demo.setSwitches({ refuse: true })
  await engine.finished((await made.fire(hourly)).syncRunId ?? '')
  engine.demo.setSwitches({ refuse: false })
  const retry = await engine.operations.startSync(engine.owner, { connectionId })
  expect((await engine.finished(retry.syncRunId)).status).toBe('SUCCEEDED')
  expect(await made.present(hourly)).toEqual([hourly])
})

test('a connection is changed while its sync writes, and neither gets in the way of the other', async () => {
  const busy = await startEngine({ counts: { ...counts, PART: 20_000, PURCHASE_ORDER: 20_000 } })
  try {
    await busy.startWorker()
    const { connectionId, syncRunId } = await busy.operations.createConnection(busy.owner, {
      system: 'demo',
      name: 'Busy',
      config: { pageSize: 500 },
      credentials: {},
    })
    for (let i = 1; i <= 20; i++) {
      const every = `PT${(i % 3) + 1}H`
      await Promise.all([
        busy.operations.setSchedule(busy.owner, { connectionId, schedule: { every } }),
        busy.operations.updateConnection(busy.owner, { connectionId, name: `Busy ${i}`, historyDays: 90 + i }),
        busy.operations.pauseConnection(busy.owner, { connectionId }),
      ])
      await busy.operations.resumeConnection(busy.owner, { connectionId })
    }
    const run = await busy.finished(syncRunId)
    expect(run.entities.map(({ status, attempt }) => [status, attempt])).toEqual(Array(5).fill(['SUCCEEDED', 1]))
    expect(await busy.deps.temporal.schedules.listed(connectionId)).toEqual(['every-10800s'])
  } finally {
    await busy.stop()
  }
}, 60_000)

test('disconnecting removes the schedules', async () => {
  const made = await connectScheduled(engine, schedule)
  const { connectionId } = made
  await engine.operations.disconnectConnection(engine.owner, { connectionId })
  await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
  expect(await made.present(hourly)).toEqual([])
})

test('the reconciler makes what is missing, removes what is left over, and undoes what was changed by hand', async () => {
  const made = await connectScheduled(engine, schedule)
  const { connectionId } = made
  await made.handle(hourly).delete()
  await engine.deps.temporal.schedules.put(planSchedule(connectionId, { every: 'PT5M' }, false))
  await eventually('the left-over to be listed', async () =>
    (await engine.deps.temporal.schedules.listed(connectionId)).includes('every-300s'),
  )
  await aWhileAgo(connectionId)
  await reconcile(engine.deps)
  expect(await made.present(hourly, 'every-300s')).toEqual([hourly])

  const asMade = await made.handle(hourly).describe()
  await made.handle(hourly).update((found) => ({
    ...found,
    spec: { intervals: [{ every: '1m' }] },
    policies: { overlap: 'ALLOW_ALL', catchupWindow: '1 year' },
    state: { ...found.state, paused: true },
  }))
  await aWhileAgo(connectionId)
  await reconcile(engine.deps)
  const mended = await made.handle(hourly).describe()
  expect([mended.spec, mended.policies, mended.state.paused]).toEqual([asMade.spec, asMade.policies, false])
})

test('a cron schedule that stands as planned is left as it is', async () => {
  const made = await connectScheduled(engine, { cron: '*/10 6-18 1,15 JAN-JUN MON', timeZone: 'Europe/Berlin' })
  const [key = ''] = await engine.deps.temporal.schedules.listed(made.connectionId)
  const before = await made.handle(key).describe()
  expect(before.spec.timezone).toBe('Europe/Berlin')
  await aWhileAgo(made.connectionId)
  await reconcile(engine.deps)
  expect((await made.handle(key).describe()).info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt)
})
