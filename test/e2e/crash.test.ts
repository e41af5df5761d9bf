import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connectDemo, type DemoJob, startDemoJob } from './demo-job.ts'
import { expectTotalsNeverBackwards, follow, followThrough, type SyncEvent } from './progress.ts'
import { readFeed } from './records.ts'
import { finished, storedEvents } from './runs.ts'
import { startSourceGate } from './source-gate.ts'

vi.setConfig({ testTimeout: 240_000 }) // processes on a busy machine

const total = 200_000
const pageSize = 2_000
const largestBatch = 5_000

let job: DemoJob
let gate: Awaited<ReturnType<typeof startSourceGate>>

beforeAll(async () => {
  job = await startDemoJob({ counts: { PART: total, VENDOR: 10, ASSET: 0, WORK_ORDER: 0, PURCHASE_ORDER: 0 } })
  gate = await startSourceGate(job.demo.url)
})
afterAll(async () => {
  await job?.stop()
  await gate?.close()
})

const committed = (records: number) => (event: SyncEvent) => (event.counts?.fetched ?? 0) >= records

test('kill -9 of the worker, then of the API, in the middle of 200,000 records: nothing is lost, nothing is twice', async () => {
  const { owner, syncline, demo } = job
  const config = { baseUrl: gate.url, pageSize }
  const { id, syncRunId, customer } = await connectDemo(job, { config, entities: ['PART'] })
  const connected = follow(customer, 'syncProgress', syncRunId, '0')
  const patient = followThrough(customer, 'syncProgress', syncRunId)
  const whole = followThrough(owner, 'connectionEvents', id)

  await connected.until(committed(40_000))
  await syncline.killWorker()
  expect(Number(connected.events.at(-1)?.counts?.fetched)).toBeLessThan(total)
  await syncline.startWorker()
  const source = [...demo.all('PART')].map(({ key }) => key) // while Temporal still waits for the dead worker

  // the one that stayed connected goes on across the worker's death
  await connected.until(committed(100_000))
  const killed = connected.events.at(-1)?.sequence ?? ''
  gate.letThrough(20)
  await syncline.killApi()
  expect(await connected.completed).toBe(false)
  await connected.stop()
  await syncline.startApi()
  await patient.until(({ sequence }) => BigInt(sequence) > BigInt(killed))
  expect(patient.events.some(({ type }) => type === 'RUN_FINISHED')).toBe(false)
  gate.open()
  expect([await patient.completed, patient.errors]).toEqual([true, []])
  expect(patient.sockets()).toBeGreaterThan(1)

  const run = await finished(owner, syncRunId)
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    mode: 'INITIAL',
    entities: [{ error: null, estimatedTotal: total }],
  })
  expect(run.entities[0].attempt).toBeGreaterThan(1)
  const { fetched, created, updated, unchanged, deleted, rejected } = run.totals
  expect({ created, updated, deleted, rejected }).toEqual({ created: total, updated: 0, deleted: 0, rejected: 0 })
  expect(fetched).toBe(created + unchanged)
  // what was in flight is fetched twice: a batch being written, one gathered, and the pages held
  expect(fetched).toBeLessThanOrEqual(total + 2 * largestBatch)
  // and the last pages of up to sixteen windows are not full; two pages tell where the first window begins
  expect(gate.passed()).toBeLessThanOrEqual((total + 4 * largestBatch) / pageSize + 16 + 2)

  const stored = await storedEvents(owner, syncRunId)
  expect(patient.events).toEqual(stored)
  expect(connected.events).toEqual(stored.slice(0, connected.events.length))
  expectTotalsNeverBackwards(stored)
  expect(stored.map(({ type }) => type)).toContain('ENTITY_RETRYING')
  const end = await whole.until(({ type }) => type === 'RUN_FINISHED')
  expect(whole.sequences).toEqual(whole.sequences.map((_, i) => i + 1))
  expect(whole.last).toBe(end.sequence)
  await whole.stop()

  const { entries } = await readFeed(customer, id, 'PART', null)
  const read = entries.map(({ record }) => record.externalId)
  expect(read).toHaveLength(total)
  expect(differences(read, source)).toEqual([])
})

/** What is in only one of the two, or twice in the first. */
function differences(read: readonly string[], expected: readonly string[]): string[] {
  const missing = new Set(expected)
  const surplus = read.filter((id) => !missing.delete(id))
  return [...surplus, ...missing].slice(0, 20)
}
