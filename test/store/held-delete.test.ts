import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { ConnectionGone, EntityBusy } from '../../src/store/errors.ts'
import { lockGate } from '../../src/store/event-append.ts'
import { confirmHeld, dismissHeld, type HeldDecision } from '../../src/store/held-delete.ts'
import { countHeldOfRuns, heldOfRuns } from '../../src/store/held-read.ts'
import { sweepable, sweepHeld } from '../../src/store/held-sweep.ts'
import { keepMissing } from '../../src/store/missing-batch.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { holdDeletes } from '../../src/store/record-delete.ts'
import { insertSyncRun } from '../../src/store/sync-run-insert.ts'
import { transaction } from '../../src/store/transaction.ts'
import { breakable } from '../model/breakable-database.ts'
import { eventually } from '../eventually.ts'
import { sampleBatch, sampleRows } from './sample-batch.ts'
import {
  entityRunOf,
  entityStateOf,
  openFreshDatabase,
  recordsOf,
  seedConnection,
  seedRun,
} from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** Three records, of which a re-sync holds two. */
async function held(ended: 'SUCCEEDED' | 'CANCELED' | 'open' = 'SUCCEEDED') {
  const seeded = await seedConnection(db)
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'FULL_RESYNC' }])
  const [entityRunId = ''] = entityRunIds
  const writer = await takeFence(db, entityRunId, false)
  await commitBatch(db, writer, sampleBatch(sampleRows(3)))
  const missing = (await recordsOf(db, seeded)).slice(0, 2)
  await keepMissing(db, writer, { missing, checkpoint: null, usage: { requests: 0, bytes: 0 } })
  await holdDeletes(db, writer, null)
  if (ended === 'SUCCEEDED')
    await endEntityRun(db, entityRunId, { status: ended, fence: writer.fence, watermark: null })
  if (ended === 'CANCELED') await endEntityRun(db, entityRunId, { status: ended })
  const { connectionId, environmentId } = seeded
  const decision: HeldDecision = {
    connectionId,
    environmentId,
    syncRunId,
    entityRunId,
    entity: 'PART',
    actor: 'test',
    ip: null,
  }
  const deleted = async () => (await recordsOf(db, seeded)).filter((record) => record.deletedAt !== null).length
  return { ...seeded, entityRunId, decision, deleted }
}

test('a run that starts while the confirmation waits for the gate keeps it from deleting anything', async () => {
  const { connectionId, decision, deleted } = await held()
  const confirmed = await transaction(db, async (client) => {
    await lockGate(client, connectionId)
    const confirming = confirmHeld(db, decision).catch((error: unknown) => error)
    await eventually('the confirmation at the gate', async () => {
      const { rowCount } = await db.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE connection_gate%'`,
      )
      return rowCount === 1
    })
    const entities = [{ entity: 'PART', mode: 'INCREMENTAL', slot: 'ACTIVE' }] as const
    await insertSyncRun(client, { connectionId, mode: 'INCREMENTAL', trigger: 'MANUAL', requestedBy: 'test', entities })
    return { confirming }
  })
  expect(await confirmed.confirming).toBeInstanceOf(EntityBusy)
  expect(await deleted()).toBe(0)
  expect(await entityRunOf(db, decision.entityRunId)).toMatchObject({ heldDeletes: 2, deleted: 0 })
})

test('what a run holds counts only when the run has succeeded', async () => {
  const open = await held('open')
  await expect(confirmHeld(db, open.decision)).rejects.toBeInstanceOf(EntityBusy)
  const canceled = await held('CANCELED')
  expect(await entityRunOf(db, canceled.entityRunId)).toMatchObject({ status: 'CANCELED', heldDeletes: 0 })
  await confirmHeld(db, canceled.decision)
  expect(await canceled.deleted()).toBe(0)
  expect(await db.prisma.heldDelete.count({ where: { entityRunId: canceled.entityRunId } })).toBe(0)
})

test('what no longer counts and is not swept away yet is shown to nobody, and found by the reconciler', async () => {
  const { entityRunId, decision } = await held('CANCELED')
  const other = await held()
  const rows = () => db.prisma.heldDelete.count({ where: { entityRunId } })
  // as a process leaves it that dies behind the commit
  await db.pool.query(`INSERT INTO held_delete SELECT $1, 'K' || i, 1 FROM generate_series(1, 5_001) i`, [entityRunId])
  expect(await heldOfRuns(db.pool, [entityRunId], { after: null, limit: 10 })).toEqual(new Map([[entityRunId, []]]))
  expect(await countHeldOfRuns(db.pool, [entityRunId])).toEqual(new Map())
  await confirmHeld(db, decision)
  expect(await sweepable(db)).toEqual([entityRunId])
  await sweepHeld(db, entityRunId, 1)
  expect(await rows()).toBe(1)
  await sweepHeld(db, entityRunId, 1)
  expect([await rows(), await sweepable(db)]).toEqual([0, []])
  await sweepHeld(db, other.entityRunId, 1)
  expect(await db.prisma.heldDelete.count({ where: { entityRunId: other.entityRunId } })).toBe(2)
})

test('ending a run and deciding take no longer under the gate the more is held', async () => {
  const texts: string[] = []
  const nothing = async () => {}
  const watched = breakable(db, {
    beforeBegin: nothing,
    beforeCommit: async () => 'commit',
    afterCommit: nothing,
    plant: (text) => (texts.push(text), text),
  })
  const { decision } = await held()
  await dismissHeld(watched, decision)
  const open = await held('open')
  await endEntityRun(watched, open.entityRunId, { status: 'CANCELED' })
  expect(texts.filter((text) => text.includes('DELETE FROM held_delete'))).toEqual([])
  for (const entityRunId of [decision.entityRunId, open.entityRunId])
    expect(await db.prisma.heldDelete.count({ where: { entityRunId } })).toBe(0)
})

test('after the disconnect nothing is deleted', async () => {
  const { connectionId, decision, deleted } = await held()
  await db.pool.query(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`, [connectionId])
  await expect(confirmHeld(db, decision)).rejects.toBeInstanceOf(ConnectionGone)
  expect(await deleted()).toBe(0)
})

test('the deleted records have the change numbers above all others, in the order of their keys', async () => {
  const { decision, ...seeded } = await held()
  await confirmHeld(db, decision)
  const records = await recordsOf(db, seeded)
  expect(records.map((record) => record.changeSeq)).toEqual([4n, 5n, 3n])
  expect(await entityStateOf(db, seeded)).toMatchObject({ changeSeq: 5n, recordCount: 1, heldRunId: null })
})

test('a held record that comes back and cannot be mapped is there: confirming does not delete it', async () => {
  const { decision, deleted, ...seeded } = await held()
  const { entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART', mode: 'INCREMENTAL' }])
  const writer = await takeFence(db, entityRunIds[0] ?? '', false)
  const [back] = await recordsOf(db, seeded)
  const rejected = [{ externalId: back?.externalId ?? '', reason: 'it is bad', raw: '{}' }]
  await commitBatch(db, writer, sampleBatch([], { rejected }))
  await endEntityRun(db, writer.entityRunId, { status: 'SUCCEEDED', fence: writer.fence, watermark: null })
  expect(await entityRunOf(db, decision.entityRunId)).toMatchObject({ heldDeletes: 1 })
  await confirmHeld(db, decision)
  expect(await deleted()).toBe(1)
  expect((await recordsOf(db, seeded))[0]).toMatchObject({ externalId: back?.externalId, deletedAt: null })
})
