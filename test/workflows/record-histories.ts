import { randomUUID } from 'node:crypto'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, beforeEach, inject, test } from 'vitest'
import { AccessDenied, SourceUnavailable } from '../../src/connectors/errors.ts'
import type { PullResult } from '../../src/activities/activities.ts'
import { scheduleKey } from '../../src/operations/schedule-plan.ts'
import { startTampered, type TamperedRig } from '../engine/tampered-rig.ts'
import { eventually } from '../eventually.ts'
import { entityToRun } from './fake-activities.ts'
import { forgetUnreleased, historiesFolder, keepHistory } from './keep-history.ts'
import { startWorkflows } from './workflow-rig.ts'

// npm run record-histories: what replay.test.ts replays, recorded from real runs. When and why: docs/decisions, "Changing a workflow".

let rig: TamperedRig

beforeAll(async () => {
  await forgetUnreleased(historiesFolder)
  rig = await startTampered({ counts: { PART: 200, VENDOR: 20, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
})
afterAll(() => rig.stop())
beforeEach(() => rig.tampered.reset())

const at = () => ({ cli: inject('temporalCli'), address: inject('temporalAddress') })
const keepRun = (name: string, syncRunId: string) =>
  keepHistory(`run-${name}`, { ...at(), workflowId: `sync-run/${syncRunId}` })
const keepReader = (name: string, connectionId: string) =>
  keepHistory(`reader-${name}`, { ...at(), workflowId: `sync/${connectionId}/PART` })

/** Reading stands still at its next page until it is told to go on. */
function holdReading() {
  let go = () => {}
  const told = new Promise<void>((resolve) => {
    go = resolve
  })
  rig.tampered.how.onPage = () => told
  return { go, begun: () => eventually('reading', () => rig.tampered.looks('PART') > 0) }
}

test('initial, incremental, full re-sync', async () => {
  const { connectionId, run } = await rig.connect(['PART', 'VENDOR'])
  await keepRun('initial', run.id)
  await keepReader('initial', connectionId)
  for (const [name, mode] of [
    ['incremental', 'INCREMENTAL'],
    ['full-resync', 'FULL_RESYNC'],
  ] as const) {
    await keepRun(name, (await rig.run(connectionId, mode)).syncRunId)
    await keepReader(name, connectionId)
  }
})

test('a full re-sync that waits behind an incremental, while it waits and when it has ended', async () => {
  const { connectionId } = await rig.connect()
  const held = holdReading()
  const before = await rig.start(connectionId, 'INCREMENTAL')
  await held.begun()
  const waiting = await rig.start(connectionId, 'FULL_RESYNC')
  await eventually('waiting', async () => {
    const { historyLength } = await rig.client.workflow.getHandle(`sync-run/${waiting}`).describe()
    return historyLength > 10
  })
  await keepRun('waiting', waiting)
  await keepReader('reading', connectionId)
  held.go()
  await rig.finished(before)
  await rig.finished(waiting)
  await keepRun('promotes', before)
  await keepRun('promoted', waiting)
})

test('a waiting incremental that is raised to a full re-sync', async () => {
  const { connectionId } = await rig.connect()
  const held = holdReading()
  const before = await rig.start(connectionId, 'INCREMENTAL')
  await held.begun()
  await rig.operations.cancelSync(rig.owner, { syncRunId: before })
  const waiting = await rig.start(connectionId, 'INCREMENTAL')
  await rig.start(connectionId, 'FULL_RESYNC')
  held.go()
  await rig.finished(waiting)
  await keepRun('raised', waiting)
})

test('canceled, while it reads and while it waits', async () => {
  const { connectionId } = await rig.connect(['PART', 'VENDOR'])
  const held = holdReading()
  const reading = await rig.start(connectionId, 'INCREMENTAL', ['PART', 'VENDOR'])
  await held.begun()
  const waiting = await rig.start(connectionId, 'FULL_RESYNC')
  for (const syncRunId of [waiting, reading]) await rig.operations.cancelSync(rig.owner, { syncRunId })
  held.go()
  await rig.finished(waiting)
  await rig.finished(reading)
  await keepRun('canceled', reading)
  await keepRun('canceled-waiting', waiting)
  await keepReader('canceled', connectionId)
})

test('a source that refuses one entity, and one that goes away in the middle and comes back', async () => {
  rig.tampered.how.onPage = ({ entity }) => {
    if (entity === 'PART') throw new AccessDenied('The source refuses.')
  }
  const { connectionId, run } = await rig.connect(['PART', 'VENDOR'])
  await keepRun('failed-in-part', run.id)
  await keepReader('failed', connectionId)
  let broken = false
  rig.tampered.how.onPage = async ({ page }) => {
    if (broken || page < 5) return
    const where = { slot: 'ACTIVE', created: { gt: 0 } } as const
    await eventually('a batch', () => rig.db.prisma.entityRun.findFirst({ where }))
    broken = true
    throw new SourceUnavailable('The source went away.')
  }
  await rig.run(connectionId, 'INCREMENTAL')
  await keepReader('interrupted', connectionId)
})

test('a disconnect and its clean-up', async () => {
  const { connectionId } = await rig.connect()
  const held = holdReading()
  const syncRunId = await rig.start(connectionId, 'INCREMENTAL')
  await held.begun()
  await rig.operations.disconnectConnection(rig.owner, { connectionId })
  await rig.client.workflow.getHandle(`clean-up/${connectionId}`).result()
  held.go()
  await rig.finished(syncRunId)
  await keepHistory('clean-up', { ...at(), workflowId: `clean-up/${connectionId}` })
  await keepRun('disconnected', syncRunId)
  await keepReader('disconnected', connectionId)
})

test('a deletion of data', async () => {
  const { connectionId } = await rig.connect(['PART', 'VENDOR'])
  await rig.operations.disconnectConnection(rig.owner, { connectionId })
  await rig.operations.deleteConnectionData(rig.owner, { connectionId })
  const workflowId = `delete-data/${connectionId}`
  await rig.client.workflow.getHandle(workflowId).result()
  await keepHistory('delete-data', { ...at(), workflowId })
})

test('a schedule that fires', async () => {
  const { connectionId } = await rig.connect()
  const schedule = { every: 'PT1H' }
  await rig.operations.setSchedule(rig.owner, { connectionId, schedule })
  const workflowId = `trigger/${randomUUID()}`
  const args = [{ connectionId, schedule: scheduleKey(schedule) }]
  await rig.client.workflow.execute('triggerSync', { workflowId, taskQueue: rig.taskQueue, args })
  await keepHistory('trigger', { ...at(), workflowId })
  const { id } = await rig.db.prisma.syncRun.findFirstOrThrow({ where: { connectionId, trigger: 'SCHEDULE' } })
  await rig.finished(id)
  await keepRun('scheduled', id)
  await keepReader('scheduled', connectionId)
})

test('a reader and a deletion that go on as new', async () => {
  // a server of its own, which suggests it after a few events instead of thousands; activities that end no earlier
  const server = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCli') },
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=20'],
    },
  })
  const own = await startWorkflows(server.address)
  try {
    const part = entityToRun('PART')
    const answers = Array.from({ length: 12 }, (_, i): PullResult => ({ done: false, waitMs: i === 3 ? 1 : null }))
    own.fakes.reading.set(part.entityRunId, async () => answers.shift() ?? { done: true, fence: 1, watermark: null })
    const run = await own.start([part])
    await run.result()
    const child = own.child(run.connectionId, 'PART')
    const { raw } = await child.describe()
    const { workflowId } = child
    const there = { cli: inject('temporalCli'), address: server.address, workflowId }
    await keepHistory('reader-continued-1', { ...there, runId: raw.workflowExecutionInfo?.firstRunId ?? '' })
    await keepHistory('reader-continued-last', there)
    own.fakes.deleting = Array.from({ length: 12 }, () => false)
    const deletion = own.client.workflow.getHandle(`delete-data/${run.connectionId}`)
    await own.control.startDataDeletion(run.connectionId)
    await deletion.result()
    const { firstRunId } = (await deletion.describe()).raw.workflowExecutionInfo ?? {}
    const deleted = { ...there, workflowId: deletion.workflowId }
    await keepHistory('delete-data-continued-1', { ...deleted, runId: firstRunId ?? '' })
    await keepHistory('delete-data-continued-last', deleted)
  } finally {
    await own.stop()
    await server.teardown()
  }
})
