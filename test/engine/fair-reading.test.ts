import { afterEach, expect, test } from 'vitest'
import type { DemoConfig } from '../../src/connectors/demo/config.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

afterEach(() => engine.stop())

async function connect(name: string, entities: SyncedEntity[], config: Record<string, unknown> = {}) {
  return engine.operations.createConnection(engine.owner, { system: 'demo', name, config, credentials: {}, entities })
}

const entityRuns = (syncRunId: string) => engine.db.prisma.entityRun.findMany({ where: { syncRunId } })

async function cancel(syncRunId: string) {
  await engine.operations.cancelSync(engine.owner, { syncRunId })
  await engine.finished(syncRunId)
}

test("readers that wait for their source's limiter keep no other connection waiting", async () => {
  engine = await startEngine({ counts: { VENDOR: 30, PART: 30, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
  await engine.startWorker({ places: 2, turnMs: 10_000 })
  const slow = await connect('slow', ['VENDOR', 'PART'], { requestsPerSecond: 0.01 })
  await eventually('both places taken', async () =>
    (await entityRuns(slow.syncRunId)).every(({ status }) => status === 'RUNNING'),
  )

  const other = await connect('other', ['VENDOR'])
  expect(await engine.finished(other.syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await entityRuns(slow.syncRunId)).toMatchObject([{ status: 'RUNNING' }, { status: 'RUNNING' }])
  await cancel(slow.syncRunId)
})

test('huge syncs take turns with whoever waits, and go on from where they were', async () => {
  engine = await startEngine({ counts: { VENDOR: 30, PART: 20_000, ASSET: 20_000, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
  await engine.startWorker({ places: 1, turnMs: 1 })
  const small = await connect('small', ['VENDOR'])
  await engine.finished(small.syncRunId)
  engine.demo.setSwitches({ latencyMs: 20 })
  const huge = await Promise.all(
    ['first', 'second', 'third'].map((name) => connect(name, ['PART', 'ASSET'], { pageSize: 10 })),
  )
  await eventually('two of them that have begun', async () => {
    const begun = await engine.db.prisma.entityRun.count({ where: { status: 'RUNNING', created: { gt: 0 } } })
    return begun >= 2
  })

  const { syncRunId } = await engine.operations.startSync(engine.owner, { connectionId: small.connectionId })
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED', mode: 'INCREMENTAL' })
  const open = await engine.db.prisma.entityRun.findMany({
    where: { syncRunId: { in: huge.map((it) => it.syncRunId) } },
  })
  expect(open.every(({ status, attempt }) => ['QUEUED', 'RUNNING'].includes(status) && attempt <= 1)).toBe(true)
  // each call of a turn read on behind what was committed: a page that is read anew would count as unchanged
  expect(open.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(0)
  for (const it of huge) await cancel(it.syncRunId)
})

test('an incremental reading goes before initial ones that have waited longer', async () => {
  const holding = 7
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const counts = { VENDOR: 30, PART: 30, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 }
  engine = await startEngine({ counts }, {}, (connector) => ({
    ...connector,
    open(input) {
      const source = connector.open(input)
      const { pageSize } = input.config as DemoConfig // its own
      return pageSize === holding ? { ...source, now: (signal) => held.then(() => source.now(signal)) } : source
    },
  }))
  await engine.startWorker({ places: 1, turnMs: 10_000 })
  const small = await connect('small', ['VENDOR'])
  await engine.finished(small.syncRunId)

  const holder = await connect('holder', ['VENDOR'], { pageSize: holding })
  await eventually('the place taken', async () => (await entityRuns(holder.syncRunId))[0]?.status === 'RUNNING')
  const initial = await Promise.all(['first', 'second'].map((name) => connect(name, ['VENDOR'])))
  for (const { connectionId } of initial) await waits(connectionId)
  const incremental = await engine.operations.startSync(engine.owner, { connectionId: small.connectionId })
  await waits(small.connectionId)
  engine.demo.setSwitches({ latencyMs: 200 })
  letGo()
  for (const { syncRunId } of [holder, ...initial, incremental]) await engine.finished(syncRunId)
  const begun = await engine.db.prisma.entityRun.findMany({
    where: { syncRunId: { in: [...initial, incremental].map((it) => it.syncRunId) } },
    orderBy: { startedAt: 'asc' },
  })
  // one initial reading may be before it: Temporal hands over a task to its queue after it shows it as pending
  expect(begun.slice(0, 2).map((it) => it.syncRunId)).toContain(incremental.syncRunId)
})

/** Until its reading waits for a worker. */
async function waits(connectionId: string) {
  const reader = engine.client.workflow.getHandle(`sync/${connectionId}/VENDOR`)
  await eventually('a reading that waits', async () => {
    const { raw } = await reader.describe().catch(() => ({ raw: null }))
    return raw?.pendingActivities?.length === 1 && raw.workflowExecutionInfo?.status === 1 // WORKFLOW_EXECUTION_STATUS_RUNNING
  })
}
