import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { AccessDenied } from '../../src/connectors/errors.ts'
import { eventually } from '../eventually.ts'
import { startTampered, type TamperedRig } from './tampered-rig.ts'

let rig: TamperedRig

beforeAll(async () => {
  rig = await startTampered({ counts: { PART: 2_000, VENDOR: 1, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
})
afterAll(() => rig.stop())
beforeEach(() => rig.tampered.reset())

/** A connection whose full re-sync has missed so many records that it holds their deletion back. */
async function held(share = 3) {
  const { connectionId, key } = await rig.connect()
  const gone = rig.atSource().filter((_, i) => i % share === 0)
  rig.demo.remove('PART', gone)
  const run = await rig.run(connectionId, 'FULL_RESYNC')
  expect(run).toMatchObject({ status: 'SUCCEEDED', deleted: 0, heldDeletes: gone.length })
  expect(await rig.keys(key, 'deleted')).toEqual([])
  const input = { syncRunId: run.syncRunId, entity: 'PART' as const }
  // so that each test finds enough of them
  rig.demo.insert('PART', gone.length)
  return { connectionId, key, run, input, gone: gone.toSorted() }
}

const counts = (id: string) => rig.db.prisma.entityRun.findUniqueOrThrow({ where: { id } })
const heldRows = (entityRunId: string) => rig.db.prisma.heldDelete.count({ where: { entityRunId } })
const stateOf = (connectionId: string) =>
  rig.db.prisma.entityState.findUniqueOrThrow({ where: { connectionId_entity: { connectionId, entity: 'PART' } } })
const decisionsOf = (connectionId: string) =>
  rig.db.prisma.event.findMany({
    where: { connectionId, type: { in: ['DELETES_HELD', 'DELETES_CONFIRMED', 'DELETES_DISMISSED'] } },
    orderBy: { sequence: 'asc' },
  })

test('held records are there until someone confirms; then they are gone, in the change feed too, once', async () => {
  const { connectionId, key, run, input, gone } = await held()
  const before = await stateOf(connectionId)
  await rig.operations.confirmDeletes(rig.owner, input)
  expect(await rig.keys(key, 'deleted')).toEqual(gone)
  expect(await counts(run.id)).toMatchObject({ deleted: gone.length, heldDeletes: 0 })
  expect(await heldRows(run.id)).toBe(0)
  const after = await stateOf(connectionId)
  expect(after).toMatchObject({ recordCount: before.recordCount - gone.length, heldRunId: null })
  const rows = await rig.db.prisma.record.findMany({ where: { connectionKey: key, deletedAt: { not: null } } })
  const sequences = rows
    .sort((a, b) => (a.externalId < b.externalId ? -1 : 1))
    .map((row) => row.changeSeq - before.changeSeq)
  expect(sequences).toEqual(gone.map((_, i) => BigInt(i + 1)))

  // again: nothing changes
  await rig.operations.confirmDeletes(rig.owner, input)
  await rig.operations.dismissDeletes(rig.owner, input)
  expect(await stateOf(connectionId)).toEqual(after)
  const events = await decisionsOf(connectionId)
  expect(events.map(({ type }) => type)).toEqual(['DELETES_HELD', 'DELETES_CONFIRMED'])
  expect(events[1]).toMatchObject({ counts: { deleted: gone.length, heldDeletes: 0 }, status: 'SUCCEEDED' })
  const audit = { action: 'DELETES_CONFIRM', target: `${run.syncRunId}/PART` }
  expect(await rig.db.prisma.auditEntry.findMany({ where: audit })).toMatchObject([{ actor: 'owner', outcome: 'OK' }])
})

test('any number that confirm and dismiss at once decide once', async () => {
  const { connectionId, key, run, input, gone } = await held()
  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0 ? rig.operations.confirmDeletes(rig.owner, input) : rig.operations.dismissDeletes(rig.owner, input),
    ),
  )
  const [, decided, ...others] = await decisionsOf(connectionId)
  expect(others).toEqual([])
  const confirmed = decided?.type === 'DELETES_CONFIRMED'
  expect(await rig.keys(key, 'deleted')).toEqual(confirmed ? gone : [])
  expect(await counts(run.id)).toMatchObject({ deleted: confirmed ? gone.length : 0, heldDeletes: 0 })
})

test('dismissed records stay, and the next full re-sync judges anew', async () => {
  const { connectionId, key, run, input, gone } = await held()
  await rig.operations.dismissDeletes(rig.owner, input)
  await rig.operations.confirmDeletes(rig.owner, input)
  expect(await rig.keys(key, 'deleted')).toEqual([])
  expect(await counts(run.id)).toMatchObject({ deleted: 0, heldDeletes: 0 })
  expect((await decisionsOf(connectionId)).map(({ type }) => type)).toEqual(['DELETES_HELD', 'DELETES_DISMISSED'])
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ heldDeletes: gone.length })
})

test('a record that was written since it was held, or that is deleted already, is not deleted by the confirmation', async () => {
  const { connectionId, key, run, input, gone } = await held()
  const [written = '', deleted = ''] = gone
  const bump = (externalId: string, data: object) =>
    rig.db.prisma.record.update({
      where: { connectionKey_entity_externalId: { connectionKey: key, entity: 5, externalId } },
      data,
    })
  await bump(written, { changeSeq: 1_000_000n })
  await bump(deleted, { deletedAt: new Date(0) })
  await rig.operations.confirmDeletes(rig.owner, input)
  expect(await rig.keys(key, 'deleted')).toEqual(gone.slice(1))
  expect(await counts(run.id)).toMatchObject({ deleted: gone.length - 2, heldDeletes: 0 })
  expect((await decisionsOf(connectionId))[1]?.message).toContain('2 had changed')
})

test('a later full re-sync that succeeds overtakes what an earlier one held; one that fails does not', async () => {
  const first = await held()
  rig.tampered.how.onPage = ({ page }) => {
    if (page === 4) throw new AccessDenied('The source refuses.')
  }
  expect(await rig.run(first.connectionId, 'FULL_RESYNC')).toMatchObject({ status: 'FAILED' })
  expect(await counts(first.run.id)).toMatchObject({ heldDeletes: first.gone.length })
  rig.tampered.reset()
  const second = await rig.run(first.connectionId, 'FULL_RESYNC')
  expect(second).toMatchObject({ status: 'SUCCEEDED', heldDeletes: first.gone.length })
  expect(await counts(first.run.id)).toMatchObject({ heldDeletes: 0 })
  await rig.operations.confirmDeletes(rig.owner, first.input)
  expect(await rig.keys(first.key, 'deleted')).toEqual([])
  await rig.operations.confirmDeletes(rig.owner, { syncRunId: second.syncRunId, entity: 'PART' })
  expect(await rig.keys(first.key, 'deleted')).toEqual(first.gone)
})

test('a record that arrives again, even unchanged and in a run that fails, waits for its deletion no longer', async () => {
  const { connectionId, key } = await rig.connect()
  const filtered = rig.atSource().filter((_, i) => i % 3 === 0)
  // a view at the source that has lost a third of its rows, and of which the same is true by key
  rig.tampered.how.misses = ({ externalId }) => filtered.includes(externalId)
  rig.tampered.how.asksByKey = false
  const run = await rig.run(connectionId, 'FULL_RESYNC')
  expect(run).toMatchObject({ heldDeletes: filtered.length })
  // mended at the source; the next re-sync meets them all and then fails
  rig.tampered.reset()
  rig.tampered.how.onPage = ({ look }) => {
    if (look > 1) throw new AccessDenied('The source refuses.')
    rig.demo.touch('PART', 1) // so that there is something in the second look
  }
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({ status: 'FAILED' })
  expect(await counts(run.id)).toMatchObject({ heldDeletes: 0 })
  await rig.operations.confirmDeletes(rig.owner, { syncRunId: run.syncRunId, entity: 'PART' })
  expect(await rig.keys(key, 'deleted')).toEqual([])
})

test('while a run reads the entity it is its only writer: the decision is refused, and possible when it has ended', async () => {
  const { connectionId, key, input, gone } = await held()
  let go = () => {}
  const told = new Promise<void>((resolve) => {
    go = resolve
  })
  rig.tampered.how.onPage = () => told
  const reading = await rig.start(connectionId, 'INCREMENTAL')
  await eventually('reading', () => rig.tampered.looks('PART') > 0)
  for (const decide of [rig.operations.confirmDeletes, rig.operations.dismissDeletes]) {
    await expect(decide(rig.owner, input)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('PART'),
    })
  }
  expect(await rig.keys(key, 'deleted')).toEqual([])
  go()
  await rig.finished(reading)
  await rig.operations.confirmDeletes(rig.owner, input)
  expect(await rig.keys(key, 'deleted')).toEqual(gone)
})

test('who may not see the run, names another entity or comes after the disconnect is told so', async () => {
  const { connectionId, input } = await held()
  const { id: environmentId } = await rig.db.prisma.environment.findUniqueOrThrow({ where: { name: 'testing' } })
  const stranger: Caller = { ...rig.owner, environmentId }
  await expect(rig.operations.confirmDeletes(stranger, input)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    path: ['syncRunId'],
  })
  const token: Caller = { ...rig.owner, connectionId: '00000000-0000-4000-8000-000000000000' }
  await expect(rig.operations.confirmDeletes(token, input)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(rig.operations.confirmDeletes(rig.owner, { ...input, entity: 'ASSET' })).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['entity'],
  })
  await rig.operations.disconnectConnection(rig.owner, { connectionId })
  await expect(rig.operations.confirmDeletes(rig.owner, input)).rejects.toMatchObject({
    code: 'CONNECTION_DISCONNECTED',
  })
  await expect(rig.operations.dismissDeletes(rig.owner, input)).rejects.toMatchObject({
    code: 'CONNECTION_DISCONNECTED',
  })
})

test('records that come new do not hide that all the others are gone', async () => {
  const { connectionId, key } = await rig.connect()
  const all = rig.atSource()
  await rig.db.prisma.connection.update({ where: { id: connectionId }, data: { deleteGuardPercent: 100 } })
  rig.demo.remove('PART', all)
  rig.demo.insert('PART', 2_000)
  expect(await rig.run(connectionId, 'FULL_RESYNC')).toMatchObject({
    created: 2_000,
    deleted: 0,
    heldDeletes: all.length,
  })
  expect(await rig.keys(key, 'deleted')).toEqual([])
})
