import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AccessDenied, SourceUnavailable } from '../../src/connectors/errors.ts'
import type { EntityRun } from '../../src/generated/prisma/client.ts'
import { eventually } from '../eventually.ts'
import { startTampered, type TamperedRig } from './tampered-rig.ts'

let rig: TamperedRig

beforeAll(async () => {
  rig = await startTampered({ counts: { PART: 100, VENDOR: 30, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 300 } })
})
afterAll(() => rig.stop())
beforeEach(() => rig.tampered.reset())

const accounted = (run: EntityRun) => run.created + run.updated + run.unchanged + run.rejected

test('one entity that fails does not stop the others: the run succeeded in part, and each failure tells why', async () => {
  rig.tampered.how.onPage = ({ entity }) => {
    if (entity === 'PART') throw new AccessDenied('The source refuses parts.', { status: 403 })
  }
  const { connectionId, key, run } = await rig.connect(['PART', 'VENDOR'])
  expect(run.status).toBe('PARTIALLY_SUCCEEDED')
  const [part, vendor] = run.entities.toSorted((a, b) => a.entity.localeCompare(b.entity))
  expect(vendor).toMatchObject({ status: 'SUCCEEDED', created: 30, errorCategory: null })
  expect(part).toMatchObject({
    status: 'FAILED',
    errorCategory: 'PERMISSION',
    errorCode: 'AccessDenied',
    errorMessage: 'The source refuses parts.',
    errorRetryable: false,
  })

  // the one that failed is asked for alone; the other is not read again
  const retried = await rig.finished(await rig.start(connectionId, 'INCREMENTAL', ['PART']))
  expect(retried).toMatchObject({ status: 'SUCCEEDED', mode: 'INITIAL' })
  expect(retried.entities).toMatchObject([{ entity: 'PART', status: 'SUCCEEDED', created: 100 }])
  expect(rig.tampered.looks('VENDOR')).toBe(0)
  expect(await rig.keys(key, 'live')).toEqual(rig.atSource().toSorted())
})

test('counts over all attempts add up, and a second attempt does not count twice what the first committed', async () => {
  let broken = false
  rig.tampered.how.onPage = async ({ page }) => {
    if (broken || page < 4) return
    const where = { slot: 'ACTIVE', created: { gt: 0 } } as const
    await eventually('a batch', () => rig.db.prisma.entityRun.findFirst({ where }))
    broken = true
    throw new SourceUnavailable('The source went away.', { status: 503 })
  }
  const { key, run } = await rig.connect()
  const [part] = run.entities
  expect(part).toMatchObject({ status: 'SUCCEEDED', attempt: 2, created: 100, updated: 0 })
  expect(part && accounted(part)).toBe(part?.fetched)
  expect(await rig.keys(key, 'live')).toEqual(rig.atSource().toSorted())
})

test('a run says how complete it is: what the source counted before and after, and what is held of it', async () => {
  const { connectionId, run } = await rig.connect(['PURCHASE_ORDER'])
  const [orders] = run.entities
  const start = orders?.windowStart ?? new Date(0)
  const inWindow = [...rig.demo.all('PURCHASE_ORDER')].filter((record) => record.modified >= start).length
  expect(inWindow).toBeLessThan(300)
  expect(orders).toMatchObject({
    estimatedTotal: inWindow,
    sourceCountEnd: inWindow,
    heldInWindow: inWindow,
    pages: Math.ceil(inWindow / 20),
    overlapHits: 0,
    rejected: 0,
  })
  // the overlap of the next window is read again, and is held
  const next = await rig.run(connectionId, 'INCREMENTAL', 'PURCHASE_ORDER')
  expect(next).toMatchObject({
    fetched: 1,
    unchanged: 1,
    overlapHits: 1,
    heldInWindow: 1,
    pages: 1,
    sourceCountEnd: null,
  })
})

test('records at the lower edge count as overlap only when they come again unchanged, and only up to the lag', async () => {
  const { connectionId } = await rig.connect()
  const newest = rig.atSource().slice(-1)
  rig.demo.touch('PART', newest)
  const changed = await rig.run(connectionId, 'INCREMENTAL')
  expect(changed).toMatchObject({ fetched: 1, updated: 1, overlapHits: 0 })
  // stamped less than the lag before that run's end, it lies in the overlap
  const again = await rig.run(connectionId, 'INCREMENTAL')
  expect(again).toMatchObject({ fetched: 1, unchanged: 1, overlapHits: 1 })
})

test('an enumeration that misses records shows in the numbers, though the run succeeded', async () => {
  rig.tampered.how.misses = ({ externalId }) => rig.atSource().indexOf(externalId) % 10 === 0
  const { run } = await rig.connect()
  expect(run.status).toBe('SUCCEEDED')
  expect(run.entities).toMatchObject([{ estimatedTotal: 100, sourceCountEnd: 100, heldInWindow: 90 }])
})

test('a source that does not count, or fails to when all is read, costs only the count', async () => {
  rig.tampered.how.countsRecords = false
  const { run } = await rig.connect()
  expect(run.entities).toMatchObject([
    { status: 'SUCCEEDED', estimatedTotal: null, sourceCountEnd: null, heldInWindow: 100 },
  ])
  rig.tampered.how.onCounted = ({ nth }) => {
    if (nth === 2) throw new SourceUnavailable('The source went away.', { status: 503 })
  }
  const other = await rig.connect()
  expect(other.run.entities).toMatchObject([
    { status: 'SUCCEEDED', estimatedTotal: 100, sourceCountEnd: null, heldInWindow: 100 },
  ])
})

test('a rejected record that a complete re-sync meets no more is forgotten; one that it meets again, or an incremental run, is not', async () => {
  rig.demo.setSwitches({ malformed: 10 })
  try {
    const { connectionId, key } = await rig.connect()
    const kept = () =>
      rig.db.prisma.rejectedRecord.findMany({ where: { connectionKey: key }, orderBy: { externalId: 'asc' } })
    const before = await kept()
    const [named] = before.filter(({ externalId }) => !externalId.startsWith('?'))
    expect(before.length).toBeGreaterThan(2)
    rig.demo.remove('PART', [named?.externalId ?? ''])
    await rig.run(connectionId, 'INCREMENTAL')
    expect((await kept()).map((it) => it.externalId)).toContain(named?.externalId)
    await rig.run(connectionId, 'FULL_RESYNC')
    const left = (await kept()).map((it) => it.externalId)
    expect(left).not.toContain(named?.externalId)
    expect(left).toHaveLength(before.length - 1)
  } finally {
    rig.demo.setSwitches({ malformed: 0 })
  }
})
