import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceUnavailable } from '../../src/connectors/errors.ts'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'
import { connectScheduled } from './scheduled.ts'

let engine: Engine
let down = false

beforeAll(async () => {
  const counts = { VENDOR: 20, PART: 20, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 }
  engine = await startEngine({ counts }, {}, (connector) => ({
    ...connector,
    open(input) {
      const source = connector.open(input)
      const now: typeof source.now = async (signal) => {
        if (down) throw new SourceUnavailable('The source is down.')
        return source.now(signal)
      }
      return Object.assign(Object.create(source), { now })
    },
  }))
  engine.deps.log.warn = () => {}
  await engine.startWorker()
})
afterAll(() => engine.stop())

const hourly = { every: 'PT1H' }

test('an incremental run that makes no progress gives way to its next scheduled one; a full re-sync goes on trying', async () => {
  const made = await connectScheduled(engine, hourly, ['PART', 'VENDOR'])
  const { connectionId } = made
  const plan = planSchedule(connectionId, hourly, false)
  const everyMs = 15_000
  const soon = { ...plan, firing: { everyMs }, jitterMs: 0 }
  // intervals count from the epoch
  await eventually('a time that is well before the next firing', () => everyMs - (Date.now() % everyMs) > everyMs / 2)
  await engine.deps.temporal.schedules.put(soon)
  down = true
  const due = await engine.deps.temporal.schedules.nextFiring(connectionId, plan.key)
  const resync = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['VENDOR'],
    mode: 'FULL_RESYNC',
  })
  const { syncRunId } = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PART'] })
  const run = await engine.finished(syncRunId)
  await engine.deps.temporal.schedules.put({ ...soon, paused: true })
  expect(run.entities).toMatchObject([
    {
      status: 'FAILED',
      errorCode: 'SourceUnavailable',
      errorRetryable: true,
      errorMessage: expect.stringContaining('before the next scheduled sync was due'),
    },
  ])
  expect(run.finishedAt?.getTime()).toBeLessThanOrEqual((due?.getTime() ?? 0) + 1_000)
  expect(await engine.db.prisma.syncRun.findUniqueOrThrow({ where: { id: resync.syncRunId } })).toMatchObject({
    status: 'RUNNING',
  })
  down = false
  expect((await engine.finished(resync.syncRunId)).status).toBe('SUCCEEDED')
}, 60_000)
