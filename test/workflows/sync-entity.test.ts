import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { PullResult } from '../../src/activities/activities.ts'
import { eventually } from '../eventually.ts'
import { entityToRun, readUntilTold } from './fake-activities.ts'
import { startWorkflows, type WorkflowRig } from './workflow-rig.ts'

let rig: WorkflowRig

beforeAll(async () => {
  rig = await startWorkflows()
})
afterAll(() => rig.stop())

const notDone = (interrupted: boolean): PullResult => ({ done: false, waitMs: interrupted ? 1 : null })
const done: PullResult = { done: true, fence: 7, watermark: null }
const answering =
  (...answers: PullResult[]) =>
  async () =>
    answers.shift() ?? done
const callsOf = (rigged: WorkflowRig, entityRunId: string) =>
  rigged.fakes.pulls.filter((pull) => pull.entityRunId === entityRunId)

test('reading is called until it is done, and told whether the call before was interrupted', async () => {
  const part = entityToRun('PART')
  rig.fakes.reading.set(part.entityRunId, answering(notDone(false), notDone(true), notDone(false)))
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
  expect(callsOf(rig, part.entityRunId).map((pull) => pull.retrying)).toEqual([false, false, true, false])
  expect(rig.fakes.ended.get(part.entityRunId)).toEqual({ status: 'SUCCEEDED', fence: 7, watermark: null })
})

test('a reader gives way to the firing that the last call told, to that of its start before any has', async () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const first = { at: at(60_000), everyMs: 1_000 }
  const told = { at: at(3_600_000), everyMs: 7 * 86_400_000 }
  const part = entityToRun('PART', { mode: 'INCREMENTAL', due: first })
  const more: PullResult = { done: false, waitMs: null }
  rig.fakes.reading.set(part.entityRunId, answering(more, { ...more, due: told }, more, { ...more, due: null }))
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
  const dues = [first.at, first.at, told.at, told.at, null]
  expect(callsOf(rig, part.entityRunId).map((pull) => pull.retryUntil)).toEqual(dues)
})

test('a failure that may pass is tried again', async () => {
  const part = entityToRun('PART')
  let calls = 0
  rig.fakes.reading.set(part.entityRunId, async () => {
    if (++calls < 3)
      throw ApplicationFailure.create({ type: 'SourceUnavailable', message: 'away', nextRetryDelay: '10ms' })
    return done
  })
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
  expect(calls).toBe(3)
})

test('an attempt’s time of scheduling, from which its wait for a worker counts, lies behind its back-off', async () => {
  const part = entityToRun('PART')
  let failedAt = 0
  let scheduledAt = 0
  rig.fakes.reading.set(part.entityRunId, async () => {
    const { attempt, currentAttemptScheduledTimestampMs } = Context.current().info
    scheduledAt = currentAttemptScheduledTimestampMs
    if (attempt === 2) return done
    failedAt = Date.now()
    throw ApplicationFailure.create({ type: 'SourceUnavailable', message: 'away', nextRetryDelay: '1500ms' })
  })
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
  expect(scheduledAt - failedAt).toBeGreaterThan(1_400)
})

test('a failure that says nothing of itself is told in general words', async () => {
  const part = entityToRun('PART')
  rig.fakes.reading.set(part.entityRunId, async () => {
    throw ApplicationFailure.nonRetryable('hunter2')
  })
  expect(await (await rig.start([part])).result()).toBe('FAILED')
  const outcome = rig.fakes.ended.get(part.entityRunId)
  expect(outcome).toMatchObject({ status: 'FAILED', error: { category: 'INTERNAL', retryable: true } })
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
})

test('runs and readers can be found by connection, entity and mode, and say what they are', async () => {
  const part = entityToRun('PART', { mode: 'FULL_RESYNC' })
  const reading = readUntilTold()
  rig.fakes.reading.set(part.entityRunId, reading.read)
  const run = await rig.start([part])
  await rig.read(part)
  const parent = await run.handle.describe()
  const child = await rig.child(run.connectionId, 'PART').describe()
  const attributes = (it: typeof parent) =>
    Object.fromEntries(it.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))
  const ofRun = { SynclineConnection: run.connectionId, SynclineMode: 'FULL_RESYNC' }
  expect(attributes(parent)).toMatchObject(ofRun)
  expect(attributes(child)).toMatchObject({ ...ofRun, SynclineEntity: 'PART' })
  expect(await parent.staticSummary()).toBe('Sync, asked for as FULL_RESYNC')
  expect(await child.staticSummary()).toBe('FULL_RESYNC sync of PART')
  expect(await rig.control.readerOf(run.connectionId, 'PART')).toBe(part.entityRunId)
  expect(await rig.control.stateOf(`sync-run/${run.syncRunId}`)).toBe('RUNNING')
  reading.tell()
  await run.result()
  expect(await rig.control.readerOf(run.connectionId, 'PART')).toBeNull()
  expect(await rig.control.stateOf('sync-run/never')).toBe('UNKNOWN')
  const { events } = await rig.child(run.connectionId, 'PART').fetchHistory()
  const summaries = events
    ?.map((event) => Buffer.from(event.userMetadata?.summary?.data ?? []).toString())
    .filter((text) => text !== '')
  expect(summaries).toEqual(expect.arrayContaining(['"FULL_RESYNC PART"', '"PART: SUCCEEDED"']))
})

test('clean-up runs once for a connection however often it is asked for', async () => {
  const id = `cleaned ${Math.random()}`
  await Promise.all([1, 2, 3].map(() => rig.control.startCleanup(id)))
  await rig.client.workflow.getHandle(`clean-up/${id}`).result()
  await rig.control.startCleanup(id)
  expect(rig.fakes.cleaned.filter((cleaned) => cleaned === id)).toHaveLength(1)
})

test('a deletion of data calls until it is done, is one while it is open, and can be asked for again when it has ended', async () => {
  const id = `deleted ${Math.random()}`
  const calls = () => rig.fakes.deleted.filter((deleted) => deleted === id).length
  rig.fakes.deleting = [false, false, true]
  await Promise.all([1, 2, 3].map(() => rig.control.startDataDeletion(id)))
  await rig.client.workflow.getHandle(`delete-data/${id}`).result()
  expect(calls()).toBe(3)
  await rig.control.startDataDeletion(id)
  await rig.client.workflow.getHandle(`delete-data/${id}`).result()
  expect(calls()).toBe(4)
})

test('asking what is gone to cancel, or to go on, is no error', async () => {
  await rig.control.cancelEntities('gone', null)
  await rig.control.cancelWorkflow('sync-run/gone')
  await rig.control.tellPromoted({ syncRunId: 'gone', entityRunId: 'gone' })
})

test('a reader whose history has grown goes on as new, under its id, known by its memo, and its run waits for its end', async () => {
  // a server of its own: it suggests continue-as-new after a few events instead of thousands
  const server = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCli') },
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=20'],
    },
  })
  let own: WorkflowRig | undefined
  try {
    own = await startWorkflows(server.address)
    const part = entityToRun('PART')
    const reading = readUntilTold()
    const answers = Array.from({ length: 12 }, () => notDone(false))
    own.fakes.reading.set(part.entityRunId, async () => answers.shift() ?? reading.read())
    const run = await own.start([part])
    const child = own.child(run.connectionId, 'PART')
    await eventually('twelve calls', () => callsOf(own as WorkflowRig, part.entityRunId).length > 12)
    const { raw } = await child.describe()
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId)
    expect(await own.control.readerOf(run.connectionId, 'PART')).toBe(part.entityRunId)
    reading.tell()
    expect(await run.result()).toBe('SUCCEEDED')
  } finally {
    await own?.stop()
    await server.teardown()
  }
})
