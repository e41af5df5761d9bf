import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest'
import { createActivities } from '../../src/activities/create-activities.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts'
import { type Engine, startEngine } from '../engine/engine.ts'
import { eventually } from '../eventually.ts'
import { forwardSdkLogsOnce } from '../sdk-logs.ts'
import { runNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addRun } from './rows.ts'
import { openWay } from './severable-way.ts'

const brokenWorkflows = new URL('./broken-workflows.ts', import.meta.url)

let engine: Engine
let api: TestApi

/** An API process over a real Temporal server whose task queue nobody serves yet. */
beforeAll(async () => {
  engine = await startEngine({ counts: { VENDOR: 3, PART: 3, ASSET: 3, WORK_ORDER: 3, PURCHASE_ORDER: 3 } })
  api = await startTestApi({ operations: engine.operations }, engine.db.url)
})
afterAll(async () => {
  await api.stop()
  await engine.stop()
})
afterEach(() => vi.restoreAllMocks())

const connect = (operations = engine.operations) =>
  operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: {},
    entities: ['PART'],
  })

const age = async () => {
  const earlier = `- interval '16 seconds'`
  await engine.db.pool.query(
    `UPDATE sync_run SET requested_at = requested_at ${earlier}, started_at = started_at ${earlier}`,
  )
}

async function runOf(syncRunId: string, from = api) {
  const { data, errors } = await from.ask(
    'query ($id: ID!) { syncRun(id: $id) { status waitingFor { what message } } }',
    {
      variables: { id: runNode(syncRunId) },
    },
  )
  expect(errors).toEqual([])
  return data.syncRun
}

/** A Temporal that answers late, or has not yet noted who asked for work, is told of first. */
const runThatWaitsFor = (what: string, syncRunId: string, from = api) =>
  eventually(`a run that waits for ${what}`, async () => {
    const run = await runOf(syncRunId, from)
    return run.waitingFor?.what === what && run
  })

test('a run that no worker takes says so after 15 seconds; when a worker is there it says nothing, and finishes', async () => {
  const { syncRunId } = await connect()
  expect(await runOf(syncRunId)).toEqual({ status: 'QUEUED', waitingFor: null })
  await age()
  const { status, waitingFor } = await runThatWaitsFor('WORKER', syncRunId)
  expect(status).toBe('QUEUED')
  expect(waitingFor.message).toContain(`the task queue "${engine.taskQueue}"`)
  expect(waitingFor.message).toContain('npm run worker')

  await engine.startWorker()
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await runOf(syncRunId)).toEqual({ status: 'SUCCEEDED', waitingFor: null })
  // what is old and QUEUED is no sign by itself
  const { id } = await addConnection(engine.db)
  const idle = await addRun(engine.db, id)
  await age()
  await eventually('that the worker is known', async () => (await runOf(idle)).waitingFor === null)
})

test('a run that has begun says that nobody takes its readings, and goes on when somebody does', async () => {
  // as a worker of a release that had one task queue for all
  forwardSdkLogsOnce(engine.deps.log)
  const taskQueue = `${engine.taskQueue}-old`
  const deps = { ...engine.deps, temporal: createSyncControl(engine.client, taskQueue) }
  const operations = createOperations(deps)
  const other = await startTestApi({ operations }, engine.db.url)
  const native = await NativeConnection.connect({ address: inject('temporalAddress') })
  const { pullEntity, ...steps } = createActivities(deps)
  const common = { connection: native, namespace: 'default' }
  const running: Worker[] = []
  const ended: Promise<void>[] = []
  async function serve(queue: string, work: Pick<WorkerOptions, 'activities' | 'workflowBundle'>) {
    const worker = await Worker.create({ ...common, taskQueue: queue, ...work })
    running.push(worker)
    ended.push(worker.run())
  }
  await serve(taskQueue, { activities: steps, workflowBundle: await workflowBundle() })
  try {
    const { syncRunId } = await connect(operations)
    await eventually('the beginning', async () => (await runOf(syncRunId, other)).status === 'RUNNING')
    expect((await runOf(syncRunId, other)).waitingFor).toBeNull()
    await age()
    const { status, waitingFor } = await runThatWaitsFor('READER', syncRunId, other)
    expect(status).toBe('RUNNING')
    expect(waitingFor.message).toContain(`the task queue "${taskQueue}-readers"`)
    await serve(`${taskQueue}-readers`, { activities: { pullEntity } })
    expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await runOf(syncRunId, other)).toEqual({ status: 'SUCCEEDED', waitingFor: null })
  } finally {
    for (const worker of running) worker.shutdown()
    await Promise.all(ended)
    await native.close()
    await other.stop()
  }
})

test('a run at whose workflow code workers fail says so, and goes on when workers of its release are there', async () => {
  forwardSdkLogsOnce(engine.deps.log)
  const taskQueue = `${engine.taskQueue}-broken`
  const deps = { ...engine.deps, temporal: createSyncControl(engine.client, taskQueue) }
  const operations = createOperations(deps)
  const other = await startTestApi({ operations }, engine.db.url)
  const native = await NativeConnection.connect({ address: inject('temporalAddress') })
  const { pullEntity, ...steps } = createActivities(deps)
  const serve = async (queue: string, work: Pick<WorkerOptions, 'activities' | 'workflowBundle' | 'workflowsPath'>) => {
    const worker = await Worker.create({ connection: native, namespace: 'default', taskQueue: queue, ...work })
    return { worker, ended: worker.run() }
  }
  const readers = await serve(`${taskQueue}-readers`, { activities: { pullEntity } })
  let taking = await serve(taskQueue, { activities: steps, workflowsPath: fileURLToPath(brokenWorkflows) })
  try {
    const { syncRunId } = await connect(operations)
    await age()
    const { status, waitingFor } = await runThatWaitsFor('WORKFLOW', syncRunId, other)
    expect(status).toBe('QUEUED')
    expect(waitingFor.message).not.toContain('secret of the broken release')
    taking.worker.shutdown()
    await taking.ended
    taking = await serve(taskQueue, { activities: steps, workflowBundle: await workflowBundle() })
    expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  } finally {
    for (const { worker } of [readers, taking]) worker.shutdown()
    await Promise.all([readers.ended, taking.ended])
    await native.close()
    await other.stop()
  }
})

test('while Temporal is away the query is answered in time and says so, once asked for a page of runs', async () => {
  const way = await openWay(`http://${inject('temporalAddress')}`)
  const connection = await Connection.connect({ address: new URL(way.url).host })
  const temporal = createSyncControl(new Client({ connection }), engine.taskQueue)
  const other = await startTestApi({ operations: createOperations({ ...engine.deps, temporal }) }, engine.db.url)
  try {
    for (let i = 0; i < 30; i++) {
      const { id } = await addConnection(engine.db, { environment: 'testing' })
      await addRun(engine.db, id)
    }
    await age()
    const { token } = await addApiKey(engine.db, { environment: 'testing', scopes: ['CONNECTIONS_READ', 'SYNCS_READ'] })
    let slowestMs = 0
    const page = async () => {
      const asked = performance.now()
      const query = '{ connections { edges { node { syncRuns { edges { node { waitingFor { what } } } } } } } }'
      const { data, errors } = await other.ask(query, { token })
      slowestMs = Math.max(slowestMs, performance.now() - asked)
      expect(errors).toEqual([])
      // oxlint-disable-next-line typescript/no-explicit-any -- the answer to the query above
      return data.connections.edges.map((edge: any) => edge.node.syncRuns.edges[0].node.waitingFor?.what ?? null)
    }
    const questions = vi.spyOn(connection.workflowService, 'describeTaskQueue')
    await eventually('an answer in time', async () => {
      questions.mockClear()
      return !(await page()).includes('TEMPORAL')
    })
    expect(questions).toHaveBeenCalledTimes(2) // one for each of the two queues
    await way.close()
    // the answer of before is kept for some seconds, which may end within a page
    await eventually('that Temporal is away', async () => {
      const whats: unknown[] = await page()
      return whats.length === 30 && whats.every((what) => what === 'TEMPORAL')
    })
    expect(slowestMs).toBeLessThan(5_000)
    await way.reopen()
    await eventually('that Temporal is back', async () => !(await page()).includes('TEMPORAL'))
  } finally {
    await other.stop()
    await connection.close()
    await way.close()
  }
})
