import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AccessDenied } from '../../src/connectors/errors.ts'
import { eventually } from '../eventually.ts'
import { startTampered, type TamperedRig } from './tampered-rig.ts'

let rig: TamperedRig

beforeAll(async () => {
  // ties of seven across pages of twenty
  rig = await startTampered({
    counts: { PART: 120, VENDOR: 40, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 200 },
    tieGroup: 7,
  })
})
afterAll(() => rig.stop())
beforeEach(() => rig.tampered.reset())

test('exactly what is gone at the source is deleted, softly and as inferred; what is there is not touched', async () => {
  const { connectionId, key } = await rig.connect()
  const before = await rig.db.prisma.record.findMany({ where: { connectionKey: key }, orderBy: { externalId: 'asc' } })
  const gone = [3, 27, 60, 118].map((i) => rig.atSource()[i] ?? '')
  rig.demo.remove('PART', gone)
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({
    status: 'SUCCEEDED',
    deleted: 4,
    created: 0,
    updated: 0,
  })
  expect(await rig.keys(key, 'deleted')).toEqual(gone.toSorted())
  const after = await rig.db.prisma.record.findMany({ where: { connectionKey: key }, orderBy: { externalId: 'asc' } })
  expect(after.filter((record) => record.deletedAt === null)).toEqual(
    before.filter((record) => !gone.includes(record.externalId)),
  )
  expect(after.filter((record) => record.deletedAt).map((record) => record.deletionKind)).toEqual([2, 2, 2, 2])
  // a second re-sync has nothing left to do
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ deleted: 0, created: 0, updated: 0 })
})

test('records older than the history period are left alone, also when they are gone at the source', async () => {
  const { connectionId, key } = await rig.connect(['PURCHASE_ORDER'], { historyDays: 3650 })
  await rig.db.prisma.connection.update({ where: { id: connectionId }, data: { historyDays: 90 } })
  const [oldest = '', ...others] = rig.atSource('PURCHASE_ORDER')
  const newest = others.at(-1) ?? ''
  rig.demo.remove('PURCHASE_ORDER', [oldest, newest])
  const run = await rig.run(connectionId, 'FULL_RESYNC', 'PURCHASE_ORDER')
  expect(run).toMatchObject({ status: 'SUCCEEDED', deleted: 1 })
  expect(await rig.keys(key, 'deleted', 'PURCHASE_ORDER')).toEqual([newest])
  expect(await rig.keys(key, 'live', 'PURCHASE_ORDER')).toContain(oldest)
})

test('records modified, inserted and deleted while the run reads are neither lost nor deleted by it', async () => {
  const { connectionId, key } = await rig.connect()
  const keys = rig.atSource()
  const [seen = '', moved = '', removedLater = ''] = [keys[0], keys[100], keys[2]]
  let inserted: string[] = []
  rig.tampered.how.onPage = ({ look, page }) => {
    if (look !== 1 || page !== 2) return
    rig.demo.touch('PART', [seen, moved])
    rig.demo.remove('PART', [removedLater])
    inserted = rig.demo.insert('PART', 2)
  }
  const run = await rig.run(connectionId, 'FULL_RESYNC')
  expect(run).toMatchObject({ status: 'SUCCEEDED', created: 2, updated: 2, deleted: 0 })
  expect(await rig.keys(key, 'deleted')).toEqual([])
  expect(await rig.keys(key, 'live')).toEqual(expect.arrayContaining([...inserted, seen, moved, removedLater]))
  // what was deleted after it had been seen is known to the next one
  rig.tampered.reset()
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ deleted: 1 })
  expect(await rig.keys(key, 'deleted')).toEqual([removedLater])
})

test('a record that the enumeration misses and that the source still has, its stamp out of the window for instance, stays', async () => {
  const { connectionId, key } = await rig.connect()
  const [hidden = '', removed = ''] = [rig.atSource()[10], rig.atSource()[11]]
  rig.demo.remove('PART', [removed])
  rig.tampered.how.misses = ({ externalId }) => externalId === hidden
  const asked: string[] = []
  rig.tampered.how.onAsked = (ids) => void asked.push(...ids)
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ deleted: 1 })
  // behind them a few that were just met
  expect(asked.slice(0, -5).sort()).toEqual([hidden, removed].sort())
  expect(await rig.keys(key, 'deleted')).toEqual([removed])
})

test('where pages are not by key, or nobody can be asked, it takes two enumerations to say that a record is gone', async () => {
  for (const source of [{ readsByKey: false }, { asksByKey: false }, { readsByKey: false, asksByKey: false }]) {
    const { connectionId, key } = await rig.connect()
    const [slipped = '', alsoSlipped = '', removed = ''] = [30, 31, 32].map((i) => rig.atSource()[i] ?? '')
    rig.demo.remove('PART', [removed])
    Object.assign(rig.tampered.how, source)
    // each enumeration loses another record at a page's edge
    rig.tampered.how.misses = ({ look, externalId }) =>
      externalId === (look === 1 ? slipped : look === 2 ? alsoSlipped : '')
    expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ status: 'SUCCEEDED', deleted: 1 })
    // two of everything, one of what changed
    expect([source, rig.tampered.looks('PART')]).toEqual([source, 3])
    expect(await rig.keys(key, 'deleted')).toEqual([removed])
    rig.demo.insert('PART', 1)
  }
})

test('a re-sync that fails in its last look deletes nothing', async () => {
  const { connectionId, key } = await rig.connect()
  rig.demo.remove('PART', rig.atSource().slice(0, 2))
  rig.demo.touch('PART', 1)
  rig.tampered.how.onAsked = () => {
    throw new AccessDenied('The source refuses.')
  }
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ status: 'FAILED', deleted: 0 })
  expect(await rig.keys(key, 'deleted')).toEqual([])
})

test('a re-sync that is canceled deletes nothing, not even when all that is left to do is to delete', async () => {
  const { connectionId, key } = await rig.connect()
  rig.demo.remove('PART', rig.atSource().slice(0, 2))
  let canceled: Promise<unknown> = Promise.resolve()
  rig.tampered.how.onAsked = async () => {
    const { syncRunId } = await rig.db.prisma.entityRun.findFirstOrThrow({ where: { connectionId, slot: 'ACTIVE' } })
    canceled = rig.operations.cancelSync(rig.owner, { syncRunId })
    await canceled
  }
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ status: 'CANCELED', deleted: 0 })
  await canceled
  expect(await rig.keys(key, 'deleted')).toEqual([])
})

test('of a run that succeeds in part only the entities that succeeded lose records', async () => {
  const { connectionId, key } = await rig.connect(['PART', 'VENDOR'])
  const vendor = rig.atSource('VENDOR')[5] ?? ''
  rig.demo.remove('VENDOR', [vendor])
  rig.demo.remove('PART', rig.atSource().slice(0, 1))
  rig.tampered.how.onPage = ({ entity }) => {
    if (entity === 'PART') throw new AccessDenied('The source refuses parts.')
  }
  const run = await rig.finished(await rig.start(connectionId, 'FULL_RESYNC', ['PART', 'VENDOR']))
  expect(run.status).toBe('PARTIALLY_SUCCEEDED')
  expect(await rig.keys(key, 'deleted', 'VENDOR')).toEqual([vendor])
  expect(await rig.keys(key, 'deleted')).toEqual([])
})

test('where nobody can be asked, records that come without a key spare all that are missed', async () => {
  const { connectionId, key } = await rig.connect()
  rig.tampered.how.asksByKey = false
  rig.demo.setSwitches({ malformed: 12 })
  try {
    const run = await rig.run(connectionId, 'FULL_RESYNC')
    expect(run.rejected).toBeGreaterThan(0)
    expect(run).toMatchObject({ status: 'SUCCEEDED', deleted: 0 })
    expect(await rig.keys(key, 'deleted')).toEqual([])
  } finally {
    rig.demo.setSwitches({ malformed: 0 })
  }
})

test('an initial run after one that failed deletes what is gone since', async () => {
  rig.tampered.how.onPage = async ({ page }) => {
    if (page < 3) return
    const where = { slot: 'ACTIVE', created: { gt: 0 } } as const
    await eventually('a batch', () => rig.db.prisma.entityRun.findFirst({ where }))
    throw new AccessDenied('The source refuses.')
  }
  const { connectionId, key, run } = await rig.connect()
  expect(run).toMatchObject({ status: 'FAILED' })
  const stored = await rig.keys(key, 'live')
  expect(stored.length).toBeGreaterThan(0)
  rig.demo.remove('PART', stored.slice(0, 1))
  expect(await rig.run(connectionId, 'INCREMENTAL')).toMatchObject({ mode: 'INITIAL', status: 'SUCCEEDED', deleted: 1 })
  expect(await rig.keys(key, 'deleted')).toEqual(stored.slice(0, 1))
  expect(await rig.keys(key, 'live')).toEqual(rig.atSource().toSorted())
})
