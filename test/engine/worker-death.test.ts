import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { taskQueue } from '../../src/temporal/task-queue.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'
import { registerOwnNamespace } from './own-namespace.ts'
import { startRequestLog } from './request-log.ts'

const records = 30_000
const pageSize = 500
const batchRows = 5_000

let engine: Engine
let way: Awaited<ReturnType<typeof startRequestLog>>
const folder = mkdtempSync(join(tmpdir(), 'syncline-worker-'))
const workers: Child[] = []

beforeAll(async () => {
  const counts = { VENDOR: 1, PART: records, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 }
  engine = await startEngine(
    { counts, pageSize, recordBytes: 600 },
    { namespace: await registerOwnNamespace(), taskQueue },
  )
  way = await startRequestLog(engine.demo.url)
})
afterAll(async () => {
  for (const worker of workers) killed(worker.pid)
  await Promise.all(workers.map((worker) => worker.ended))
  await way.close()
  await engine.stop()
  rmSync(folder, { recursive: true })
})

function killed(pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

async function startWorkerProcess(): Promise<Child> {
  const script = fileURLToPath(new URL('../../src/worker.ts', import.meta.url))
  const logFile = join(folder, `worker-${workers.length}.log`)
  const worker = startChild({ name: 'The worker', script, environment: engine.workerEnvironment, logFile })
  workers.push(worker)
  await worker.ready
  return worker
}

const connect = () =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: { baseUrl: way.url, pageSize },
    credentials: {},
    entities: ['PART'],
  })
const partOf = (syncRunId: string) =>
  engine.db.prisma.entityRun.findUniqueOrThrow({ where: { syncRunId_entity: { syncRunId, entity: 'PART' } } })

/** Waits until some batches are committed and more are to come. */
const inTheMiddle = (syncRunId: string) =>
  eventually('the middle of the run', async () => {
    const { created } = await partOf(syncRunId)
    if (created > records - 2 * batchRows) throw new Error('the run was faster than the test')
    return created > 0 && created
  })

/** Every record is there once, as the source has it, and the counts add up. */
async function expectComplete(connectionId: string, syncRunId: string) {
  const part = await partOf(syncRunId)
  expect(part).toMatchObject({ status: 'SUCCEEDED', created: records, updated: 0, rejected: 0 })
  expect(part.fetched).toBe(part.created + part.updated + part.unchanged + part.rejected)
  const { key } = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  const stored = await engine.db.prisma.record.findMany({
    where: { connectionKey: key },
    select: { externalId: true, changeSeq: true },
  })
  const source = [...engine.demo.all('PART')].map((record) => record.key)
  expect(stored.map((record) => record.externalId).sort()).toEqual(source.sort())
  expect(new Set(stored.map((record) => record.changeSeq)).size).toBe(records)
  const progress = await engine.db.prisma.event.findMany({
    where: { syncRunId, entity: 'PART' },
    orderBy: { sequence: 'asc' },
  })
  const totals = progress.flatMap((event) => (event.counts ? [(event.counts as { fetched: number }).fetched] : []))
  expect(totals).toEqual([...totals].sort((a, b) => a - b))
  return part
}

test('a worker that is killed in mid-run: the next goes on from the last committed batch, and every record is there once', async () => {
  engine.demo.setSwitches({ latencyMs: 60 })
  const first = await startWorkerProcess()
  const { connectionId, syncRunId } = await connect()
  await inTheMiddle(syncRunId)
  killed(first.pid)
  await first.ended
  const atDeath = await partOf(syncRunId)
  way.asked.push('the worker died')
  engine.demo.setSwitches({ latencyMs: 0 })
  await startWorkerProcess()
  await engine.finished(syncRunId)

  const part = await expectComplete(connectionId, syncRunId)
  expect(part).toMatchObject({ attempt: 2, windowEnd: atDeath.windowEnd, fence: atDeath.fence + 2 })
  const pagesOf = (asked: string[]) => asked.filter((path) => path.startsWith('/api/v1/parts?'))
  const death = way.asked.indexOf('the worker died')
  const [before, after] = [pagesOf(way.asked.slice(0, death)), pagesOf(way.asked.slice(death))]
  // asked for by both: what was in flight, a batch being written, one gathered, and the pages ahead
  const twice = after.filter((path) => before.includes(path))
  expect(twice.length).toBeLessThanOrEqual((2 * batchRows) / pageSize + 4)
  // and the last pages of up to sixteen windows are not full
  expect(after.length).toBeLessThanOrEqual((records - atDeath.created) / pageSize + 4 + 16)
  const types = (await engine.db.prisma.event.findMany({ where: { syncRunId }, orderBy: { sequence: 'asc' } })).map(
    (event) => event.type,
  )
  expect(types.filter((type) => type !== 'ENTITY_PROGRESS')).toEqual([
    'RUN_QUEUED',
    'RUN_STARTED',
    'ENTITY_STARTED',
    'ENTITY_RETRYING',
    'ENTITY_FINISHED',
    'RUN_FINISHED',
  ])
}, 90_000)

test('a worker that is asked to stop in mid-run hands over to another: the run succeeds', async () => {
  engine.demo.setSwitches({ latencyMs: 150 })
  const { connectionId, syncRunId } = await connect()
  await inTheMiddle(syncRunId)
  const stopping = workers.map((worker) => worker.stop())
  const next = startWorkerProcess()
  await Promise.all([...stopping, next])
  engine.demo.setSwitches({ latencyMs: 0 })
  await engine.finished(syncRunId)
  await expectComplete(connectionId, syncRunId)
}, 90_000)
