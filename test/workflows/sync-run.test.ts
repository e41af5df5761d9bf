import { ApplicationFailure } from '@temporalio/activity'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { entityToRun, failWith, readForEver, readUntilTold } from './fake-activities.ts'
import { modeKey } from '../../workflows/search-attributes.ts'
import { startWorkflows, type WorkflowRig } from './workflow-rig.ts'

let rig: WorkflowRig

beforeAll(async () => {
  rig = await startWorkflows()
})
afterAll(() => rig.stop())

const refusal = {
  category: 'AUTHENTICATION',
  code: 'CredentialsRejected',
  message: 'The source refuses.',
  retryable: false,
} as const

test('every entity is read by a child of its own and ended, then the run', async () => {
  const [part, vendor] = [entityToRun('PART'), entityToRun('VENDOR')]
  const run = await rig.start([part, vendor])
  expect(await run.result()).toBe('SUCCEEDED SUCCEEDED')
  expect(rig.fakes.ended.get(part.entityRunId)).toEqual({ status: 'SUCCEEDED', fence: 1, watermark: 'w' })
  expect(rig.fakes.finished.filter((id) => id === run.syncRunId)).toHaveLength(1)
})

test('a run without open entities ends at once', async () => {
  expect(await (await rig.start([])).result()).toBe('')
})

test('the failure of one entity leaves the others alone, and is told with its own words', async () => {
  const [bad, good] = [entityToRun('PART'), entityToRun('VENDOR')]
  const vendor = readUntilTold()
  rig.fakes.reading.set(bad.entityRunId, failWith(refusal)).set(good.entityRunId, vendor.read)
  const run = await rig.start([bad, good])
  await eventually('the failure', () => rig.statusOf(bad) === 'FAILED')
  expect(rig.statusOf(good)).toBeUndefined()
  vendor.tell()
  expect(await run.result()).toBe('FAILED SUCCEEDED')
  expect(rig.fakes.ended.get(bad.entityRunId)).toEqual({ status: 'FAILED', error: refusal })
})

test('a child that someone terminates is ended as WORKFLOW_LOST by the run, and the others go on', async () => {
  const [lost, good] = [entityToRun('PART'), entityToRun('VENDOR')]
  const vendor = readUntilTold()
  rig.fakes.reading.set(lost.entityRunId, readForEver).set(good.entityRunId, vendor.read)
  const run = await rig.start([lost, good])
  await rig.read(lost)
  await rig.child(run.connectionId, 'PART').terminate('by an engineer')
  await eventually('the loss', () => rig.statusOf(lost))
  expect(rig.fakes.ended.get(lost.entityRunId)).toMatchObject({
    status: 'FAILED',
    error: { category: 'INTERNAL', code: 'WORKFLOW_LOST', retryable: true },
  })
  vendor.tell()
  expect(await run.result()).toBe('FAILED SUCCEEDED')
})

test('a child that someone cancels in the UI ends its entity as CANCELED', async () => {
  const part = entityToRun('PART')
  rig.fakes.reading.set(part.entityRunId, readForEver)
  const run = await rig.start([part])
  await rig.read(part)
  await rig.child(run.connectionId, 'PART').cancel()
  expect(await run.result()).toBe('CANCELED')
})

test('an entity that another workflow reads under its id is ended as WORKFLOW_LOST, not read twice', async () => {
  const [first, second] = [entityToRun('PART'), entityToRun('PART')]
  const reading = readUntilTold()
  rig.fakes.reading.set(first.entityRunId, reading.read)
  const one = await rig.start([first])
  await rig.read(first)
  rig.fakes.readerClosed = async () => {
    throw ApplicationFailure.nonRetryable('it does not close')
  }
  const two = await rig.start([second], one.connectionId)
  expect(await two.result()).toBe('FAILED')
  expect(rig.fakes.pulls.some((pull) => pull.entityRunId === second.entityRunId)).toBe(false)
  reading.tell()
  expect(await one.result()).toBe('SUCCEEDED')
})

test('an entity whose earlier reader is still closing is read when that has closed', async () => {
  const [first, second] = [entityToRun('PART'), entityToRun('PART')]
  const reading = readUntilTold()
  rig.fakes.reading.set(first.entityRunId, reading.read)
  const one = await rig.start([first])
  await rig.read(first)
  rig.fakes.readerClosed = async ({ connectionId, entity }) => {
    reading.tell()
    await rig.control.readerClosed(connectionId, entity)
  }
  const two = await rig.start([second], one.connectionId)
  expect(await two.result()).toBe('SUCCEEDED')
  expect(await one.result()).toBe('SUCCEEDED')
})

test('the cancel signal stops the entity that it names and no other', async () => {
  const [part, vendor] = [entityToRun('PART'), entityToRun('VENDOR')]
  const reading = readUntilTold()
  rig.fakes.reading.set(part.entityRunId, readForEver).set(vendor.entityRunId, reading.read)
  const run = await rig.start([part, vendor])
  await Promise.all([rig.read(part), rig.read(vendor)])
  await rig.control.cancelEntities(run.syncRunId, ['PART'])
  await eventually('the end of PART', () => rig.statusOf(part) === 'CANCELED')
  expect(rig.statusOf(vendor)).toBeUndefined()
  reading.tell()
  expect(await run.result()).toBe('CANCELED SUCCEEDED')
})

test('the cancel signal stops all entities when it names none', async () => {
  const [part, vendor] = [entityToRun('PART'), entityToRun('VENDOR')]
  for (const run of [part, vendor]) rig.fakes.reading.set(run.entityRunId, readForEver)
  const run = await rig.start([part, vendor])
  await Promise.all([rig.read(part), rig.read(vendor)])
  await rig.control.cancelEntities(run.syncRunId, null)
  expect(await run.result()).toBe('CANCELED CANCELED')
})

test('a cancel signal that comes before the run begins stops what it names before it is read', async () => {
  for (const named of [['PART'], null]) {
    const [part, vendor] = [entityToRun('PART'), entityToRun('VENDOR')]
    rig.fakes.beforeBegin = async (syncRunId) => rig.control.cancelEntities(syncRunId, named)
    const run = await rig.start([part, vendor])
    expect(await run.result()).toBe(named ? 'CANCELED SUCCEEDED' : 'CANCELED CANCELED')
    expect(rig.fakes.pulls.some((pull) => pull.entityRunId === part.entityRunId)).toBe(false)
  }
  rig.fakes.beforeBegin = async () => {}
})

test('cancelling the run’s workflow cancels what it reads and what waits, and still ends the run', async () => {
  const [part, waiting] = [entityToRun('PART'), entityToRun('VENDOR', { waiting: true })]
  rig.fakes.reading.set(part.entityRunId, readForEver)
  const run = await rig.start([part, waiting])
  await rig.read(part)
  await rig.control.cancelWorkflow(`sync-run/${run.syncRunId}`)
  expect(await run.result()).toBe('CANCELED CANCELED')
})

test('terminating the run’s workflow cancels its children, which end their entities themselves', async () => {
  const part = entityToRun('PART')
  rig.fakes.reading.set(part.entityRunId, readForEver)
  const run = await rig.start([part])
  await rig.read(part)
  await run.handle.terminate('by an engineer')
  await eventually('the end of PART', () => rig.statusOf(part) === 'CANCELED')
  expect(await rig.control.stateOf(`sync-run/${run.syncRunId}`)).toBe('CLOSED')
})

test('a waiting entity is read when the run before it has ended, and not earlier', async () => {
  const [before, after] = [
    entityToRun('PART', { mode: 'INCREMENTAL' }),
    entityToRun('PART', { mode: 'FULL_RESYNC', waiting: true }),
  ]
  const reading = readUntilTold()
  rig.fakes.reading.set(before.entityRunId, reading.read)
  const one = await rig.start([before])
  await rig.read(before)
  const other = entityToRun('VENDOR')
  const two = await rig.start([after, other], one.connectionId)
  rig.fakes.promotes.set(before.entityRunId, { syncRunId: two.syncRunId, entityRunId: after.entityRunId })
  await eventually('the entity beside the waiting one', () => rig.statusOf(other) === 'SUCCEEDED')
  expect(rig.fakes.pulls.some((pull) => pull.entityRunId === after.entityRunId)).toBe(false)
  reading.tell()
  expect(await one.result()).toBe('SUCCEEDED')
  expect(await two.result()).toBe('SUCCEEDED SUCCEEDED')
})

test('a promotion whose run’s workflow is not there harms nobody', async () => {
  const part = entityToRun('PART')
  rig.fakes.promotes.set(part.entityRunId, { syncRunId: 'nobody', entityRunId: 'nobody' })
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
})

test('a promotion that comes before the run begins is not lost', async () => {
  const part = entityToRun('PART', { waiting: true })
  let looks = 0
  rig.fakes.beforeBegin = async (syncRunId) => {
    looks += 1
    if (looks === 1) await rig.control.tellPromoted({ syncRunId, entityRunId: part.entityRunId })
    else part.waiting = false
  }
  expect(await (await rig.start([part])).result()).toBe('SUCCEEDED')
  rig.fakes.beforeBegin = async () => {}
})

test('a waiting entity that is canceled ends without being read', async () => {
  const part = entityToRun('PART', { waiting: true })
  const run = await rig.start([part])
  await rig.control.cancelEntities(run.syncRunId, ['PART'])
  expect(await run.result()).toBe('CANCELED')
  expect(rig.fakes.pulls.some((pull) => pull.entityRunId === part.entityRunId)).toBe(false)
})

test('a waiting run that is raised meanwhile is read as what it has become, and found as that', async () => {
  const part = entityToRun('PART', { mode: 'INCREMENTAL', waiting: true })
  rig.fakes.reading.set(part.entityRunId, readForEver)
  const run = await rig.start([part])
  await eventually('the run that waits', () => rig.fakes.begun.includes(run.syncRunId))
  Object.assign(part, { mode: 'FULL_RESYNC', waiting: false })
  await rig.control.tellPromoted({ syncRunId: run.syncRunId, entityRunId: part.entityRunId })
  await rig.read(part)
  const child = await rig.child(run.connectionId, 'PART').describe()
  expect(child.typedSearchAttributes.get(modeKey)).toBe('FULL_RESYNC')
  expect(await child.staticSummary()).toBe('FULL_RESYNC sync of PART')
  expect(child.raw.pendingActivities?.[0]?.priority?.priorityKey).toBe(3)
  const parent = await run.handle.describe()
  expect(parent.typedSearchAttributes.get(modeKey)).toBe('FULL_RESYNC')
  expect(await parent.staticSummary()).toBe('Sync, asked for as INCREMENTAL') // as it was
  const { currentDetails } = await run.handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')
  expect(currentDetails).toBe('Raised to FULL_RESYNC while it waited.')
  await rig.control.cancelEntities(run.syncRunId, null)
  expect(await run.result()).toBe('CANCELED')
})

test('a waiting entity of whose end nobody told the run is not read', async () => {
  const part = entityToRun('PART', { waiting: true })
  const run = await rig.start([part])
  await eventually('the run that waits', () => rig.fakes.begun.includes(run.syncRunId))
  rig.fakes.ended.set(part.entityRunId, { status: 'CANCELED' })
  await rig.control.tellPromoted({ syncRunId: run.syncRunId, entityRunId: part.entityRunId })
  expect(await run.result()).toBe('CANCELED')
  expect(rig.fakes.pulls.some((pull) => pull.entityRunId === part.entityRunId)).toBe(false)
})

test('starting a run again answers the workflow that is there, also when it has ended', async () => {
  const part = entityToRun('PART')
  const run = await rig.start([part])
  await run.result()
  const { runId } = await run.handle.describe()
  expect(
    await rig.control.startRun({ syncRunId: run.syncRunId, connectionId: run.connectionId, mode: 'INITIAL' }),
  ).toBe(runId)
})
