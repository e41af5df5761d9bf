import { afterAll, beforeAll, expect, test } from 'vitest'
import { batches, batchLimits } from '../../src/activities/batches.ts'
import { AccessDenied } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { readChanges } from '../../src/store/record-changes.ts'
import { cancelRun } from '../../src/store/run-cancel.ts'
import { endSyncRun } from '../../src/store/sync-run-progress.ts'
import { cancelEntry, eventsOf, openFreshDatabase, seedConnection, seedRun } from '../store/seeded-connection.ts'
import { atOnce, manyMapped, pageOf, placed } from './page-source.ts'
import { pullOnce, runOnce } from './pull-once.ts'
import { around, scriptSource } from './scripted-source.ts'

// what test/pitfalls.md found no other test for

let db: Database
const end = new Date('2026-03-01T00:00:00.000Z')
const at = around(end)

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const ten = () => Array.from({ length: 10 }, (_, i) => ({ id: `R${i}`, stamp: at(-100_000 + i) }))

test('a source that denies every entity fails the run', async () => {
  const { script, deps } = scriptSource(db, { now: end, records: ten() })
  const seeded = await seedConnection(db, ['PART', 'VENDOR'])
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }, { entity: 'VENDOR' }])
  script.beforePage = () => {
    throw new AccessDenied('not for these credentials', { status: 403 })
  }
  for (const id of entityRunIds) {
    const failure = await pullOnce(deps, id).catch((error: unknown) => error)
    expect(failure).toMatchObject({ type: 'AccessDenied', nonRetryable: true })
    const error = { category: 'PERMISSION' as const, code: 'AccessDenied', message: 'denied', retryable: false }
    await endEntityRun(db, id, { status: 'FAILED', error })
  }
  expect(await endSyncRun(db, syncRunId)).toBe('FAILED')
})

test('a run that only deletes is told, with its count, and shows in the change feed', async () => {
  const { script, deps } = scriptSource(db, { now: end, records: ten() })
  const seeded = await seedConnection(db)
  await runOnce(deps, seeded, 'INITIAL')
  const owner = { id: seeded.connectionId, key: seeded.connectionKey }
  const before = await readChanges(db.pool, owner, 'PART', { after: null, limit: 100 })
  script.now = at(60_000)
  script.records = script.records.filter((record) => record.id !== 'R4')
  const run = await runOnce(deps, seeded, 'FULL_RESYNC')
  expect(run).toMatchObject({ created: 0, updated: 0, deleted: 1 })
  const told = (await eventsOf(db, seeded)).filter((event) => event.syncRunId === run.syncRunId)
  expect(told.at(-1)).toMatchObject({ type: 'ENTITY_FINISHED', status: 'SUCCEEDED', counts: { deleted: 1 } })
  const after = before.changes.at(-1)?.sequence ?? null
  const { changes } = await readChanges(db.pool, owner, 'PART', { after, limit: 100 })
  expect(changes.map(({ kind, record }) => [kind, record.externalId])).toEqual([['DELETED', 'R4']])
})

test('after a cancel nothing runs again by itself', async () => {
  const { deps } = scriptSource(db, { now: end, records: ten() })
  const seeded = await seedConnection(db)
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity: 'PART' }])
  const [id = ''] = entityRunIds
  await cancelRun(db, { syncRunId, connectionId: seeded.connectionId }, null, cancelEntry)
  await expect(pullOnce(deps, id)).rejects.toMatchObject({ nonRetryable: true })
  expect(await endEntityRun(db, id, { status: 'CANCELED' })).toBeNull()
  expect(await endSyncRun(db, syncRunId)).toBe('CANCELED')
  expect(await db.prisma.syncRun.count({ where: { connectionId: seeded.connectionId } })).toBe(1)
})

test('a page of 200,000 records overflows no stack', async () => {
  const records = manyMapped(200_000, 'R')
  async function* one() {
    yield pageOf('a', records)
  }
  let rows = 0
  for await (const batch of batches(placed(one()), batchLimits, atOnce)) rows += batch.rows.length
  expect(rows).toBe(200_000)
})
