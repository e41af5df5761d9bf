import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityCodes } from '../../src/model/entity-type.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import { deleteData } from '../../src/store/data-delete.ts'
import { askDeletion, doomedEntities, endDeletion } from '../../src/store/data-deletion.ts'
import type { Database } from '../../src/store/database.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { lockStates } from '../../src/store/entity-state-change.ts'
import { ConnectionGone } from '../../src/store/errors.ts'
import { countHeldOfRuns, heldOfRuns } from '../../src/store/held-read.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { readChanges } from '../../src/store/record-changes.ts'
import { countRecords } from '../../src/store/record-filter.ts'
import { findRaw, findRecords } from '../../src/store/record-lookup.ts'
import { readRecordPages } from '../../src/store/record-page.ts'
import { countRejectedOfConnections, rejectedOfConnections, rejectedOfRuns } from '../../src/store/rejected-read.ts'
import { transaction } from '../../src/store/transaction.ts'
import { undeletedConnections } from '../../src/store/unfinished.ts'
import { sampleBatch, sampleRows } from './sample-batch.ts'
import {
  entityStateOf,
  eventsOf,
  openFreshDatabase,
  type Seeded,
  seedConnection,
  seedRun,
} from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

const entities = ['PART', 'VENDOR'] as const
const records = 4_500 // more than two transactions delete
type Filled = Seeded & { runOf: Record<SyncedEntity, string> }

/** A connection with all that its runs can leave: records, rejected ones, held deletions, what was seen and missed. */
async function filled(): Promise<Filled> {
  const seeded = await seedConnection(db, entities)
  const { entityRunIds } = await seedRun(
    db,
    seeded,
    entities.map((entity) => ({ entity, mode: 'FULL_RESYNC' })),
  )
  const runOf = Object.fromEntries(entities.map((entity, i) => [entity, entityRunIds[i]]))
  for (const id of entityRunIds) {
    const writer = await takeFence(db, id, false)
    const rejected = Array.from({ length: 450 }, (_, i) => ({ externalId: `bad ${i}`, reason: 'no', raw: 'payload' }))
    const rows = sampleRows(records)
    await commitBatch(db, writer, sampleBatch(rows, { rejected, seen: { pass: 1, hashes: Buffer.alloc(8) } }))
    await db.pool.query(
      `INSERT INTO held_delete SELECT $1, external_id, change_seq FROM record WHERE connection_key = $2 LIMIT 20`,
      [id, seeded.connectionKey],
    )
    await db.pool.query(`INSERT INTO missing_batch SELECT $1, n, '{a}', '{1}' FROM generate_series(1, 250) n`, [id])
    await db.pool.query('UPDATE entity_run SET held_deletes = 20 WHERE id = $1', [id])
    await db.pool.query('UPDATE entity_state SET held_run_id = $1 WHERE connection_id = $2 AND entity = $3', [
      id,
      seeded.connectionId,
      writer.entity,
    ])
    await db.pool.query(
      'UPDATE record SET deleted_at = now() WHERE connection_key = $1 AND entity = $2 AND external_id < $3',
      [seeded.connectionKey, entityCodes[writer.entity], rows[100]?.externalId],
    )
    await db.pool.query(
      'UPDATE entity_state SET record_count = record_count - 100 WHERE connection_id = $1 AND entity = $2',
      [seeded.connectionId, writer.entity],
    )
  }
  await db.pool.query('INSERT INTO source_budget (connection_id, tokens) VALUES ($1, 1)', [seeded.connectionId])
  return { ...seeded, runOf: runOf as Filled['runOf'] } // fromEntries forgets the keys
}

const cut = (seeded: Seeded) => disconnect(db, { ...seeded, actor: 'test', ip: null })

const ask = ({ connectionId }: Seeded, chosen: readonly SyncedEntity[]) =>
  transaction(db, async (client) => {
    await lockStates(client, connectionId)
    return askDeletion(client, connectionId, chosen)
  })

/** What a reader is shown of an entity, by every way there is. */
async function shown({ connectionId, connectionKey, runOf }: Filled, entity: SyncedEntity) {
  const owner = { id: connectionId, key: connectionKey }
  const other = { id: '00000000-0000-4000-8000-000000000000', key: -1 }
  const run = runOf[entity]
  const page = (owners: (typeof owner)[]) =>
    readRecordPages(db.pool, owners, {
      entity,
      order: 'NUMBER_ASC',
      filter: { includeDeleted: true },
      from: null,
      backward: false,
      limit: 10_000,
    })
  const keys = [sampleRows(1)[0]?.externalId ?? '']
  return {
    page: (await page([owner])).get(owner)?.length,
    pageOfMany: (await page([owner, other])).get(owner)?.length,
    count: (await countRecords(db.pool, [owner, other], entity, { includeDeleted: true })).get(owner),
    changes: (await readChanges(db.pool, owner, entity, { after: null, limit: 10_000 })).changes.length,
    found: (await findRecords(db.pool, owner, entity, keys)).size,
    raw: (await findRaw(db.pool, owner, entity, keys)).size,
    rejected: (await rejectedOfConnections(db.pool, [owner, other], entity, { after: null, limit: 1_000 })).get(
      connectionId,
    )?.length,
    rejectedCount: (await countRejectedOfConnections(db.pool, [owner, other], entity)).get(connectionId),
    rejectedOfRun: (await rejectedOfRuns(db.pool, [run], 1_000)).get(run)?.length,
    held: (await heldOfRuns(db.pool, [run], { after: null, limit: 1_000 })).get(run)?.length,
    heldCount: (await countHeldOfRuns(db.pool, [run])).get(run) ?? 0,
  }
}

const all = {
  page: records,
  pageOfMany: records,
  count: records,
  changes: records,
  found: 1,
  raw: 1,
  rejected: 450,
  rejectedCount: 450,
  rejectedOfRun: 450,
  held: 20,
  heldCount: 20,
}
const nothing = Object.fromEntries(Object.keys(all).map((name) => [name, 0]))

/** What is there, shown or not. */
async function stored({ connectionKey, connectionId, runOf }: Filled, entity: SyncedEntity) {
  const count = async (table: string, where: string, ...values: unknown[]) => {
    const { rows } = await db.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${table} WHERE ${where}`,
      values,
    )
    return rows[0]?.n ?? -1
  }
  const ofEntity = [connectionKey, entityCodes[entity]] as const
  const ofRun = (table: string) => count(table, 'entity_run_id = $1', runOf[entity])
  return {
    records: await count('record', 'connection_key = $1 AND entity = $2', ...ofEntity),
    live: await count('record', 'connection_key = $1 AND entity = $2 AND deleted_at IS NULL', ...ofEntity),
    rejected: await count('rejected_record', 'connection_key = $1 AND entity = $2', ...ofEntity),
    held: await ofRun('held_delete'),
    seen: await ofRun('seen_batch'),
    missing: await ofRun('missing_batch'),
    budgets: await count('source_budget', 'connection_id = $1', connectionId),
  }
}
const empty = { records: 0, live: 0, rejected: 0, held: 0, seen: 0, missing: 0 }

async function deleteAll({ connectionId }: Seeded) {
  for (const doomed of await doomedEntities(db, connectionId)) {
    for await (const _ of deleteData(db, doomed));
    await endDeletion(db, doomed)
  }
}

const deletedEvents = async (seeded: Seeded) =>
  (await eventsOf(db, seeded)).filter(({ type }) => type === 'CONNECTION_DATA_DELETED')

test('from the commit that asks on nothing is shown, before anything is deleted and while it is; other entities and connections are', async () => {
  const [mine, other] = [await filled(), await filled()]
  await cut(mine)
  await cut(other)
  expect(await shown(mine, 'PART')).toEqual(all)
  expect(await ask(mine, ['PART'])).toEqual(['PART'])
  expect(await ask(mine, ['PART'])).toEqual([])
  expect(await shown(mine, 'PART')).toEqual(nothing)
  expect(await stored(mine, 'PART')).toMatchObject({ records, rejected: 450, held: 20 })
  const [doomed] = await doomedEntities(db, mine.connectionId)
  if (!doomed) throw new Error('nothing is doomed')
  for await (const _ of deleteData(db, doomed)) expect(await shown(mine, 'PART')).toEqual(nothing)
  expect(await stored(mine, 'PART')).toEqual({ ...empty, budgets: 1 })
  for (const kept of [shown(mine, 'VENDOR'), shown(other, 'PART'), shown(other, 'VENDOR')])
    expect(await kept).toEqual(all)
})

test('the count of live records is true after every transaction, and one that is stopped anywhere is gone on with', async () => {
  const seeded = await filled()
  await cut(seeded)
  await ask(seeded, ['PART'])
  const [doomed] = await doomedEntities(db, seeded.connectionId)
  if (!doomed) throw new Error('nothing is doomed')
  const lefts: number[] = []
  for (let rounds = 0; rounds < 100 && lefts.at(-1) !== 0; rounds++) {
    for await (const _ of deleteData(db, doomed)) break
    const { live, records: left } = await stored(seeded, 'PART')
    expect((await entityStateOf(db, seeded)).recordCount).toBe(live)
    lefts.push(left)
  }
  expect([...new Set(lefts)]).toEqual([4_500, 2_500, 500, 0])
  await deleteAll(seeded)
  expect(await stored(seeded, 'PART')).toMatchObject(empty)
  expect(await deletedEvents(seeded)).toHaveLength(1)
})

test('chosen entities are told one by one, the whole once; sequences stay gapless, runs and events stay', async () => {
  const seeded = await filled()
  await cut(seeded)
  const before = await eventsOf(db, seeded)
  await ask(seeded, ['PART'])
  await deleteAll(seeded)
  await deleteAll(seeded)
  const connection = () => db.prisma.connection.findUniqueOrThrow({ where: { id: seeded.connectionId } })
  expect(await deletedEvents(seeded)).toMatchObject([{ entity: 'PART', sequence: BigInt(before.length) + 1n }])
  expect((await connection()).dataDeletedAt).toBeNull()
  expect(await entityStateOf(db, seeded)).toMatchObject({
    recordCount: 0,
    heldRunId: null,
    dataDeletedAt: expect.any(Date),
  })

  await ask(seeded, ['VENDOR'])
  await deleteAll(seeded)
  expect(await deletedEvents(seeded)).toMatchObject([{ entity: 'PART' }, { entity: null }])
  expect((await connection()).dataDeletedAt).toBeInstanceOf(Date)
  expect(await stored(seeded, 'VENDOR')).toEqual({ ...empty, budgets: 0 })
  const events = await eventsOf(db, seeded)
  expect(events.slice(0, before.length)).toEqual(before)
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => BigInt(i) + 1n))
  const runs = await db.prisma.entityRun.findMany({ where: { connectionId: seeded.connectionId } })
  expect(runs.map(({ created, rejected, heldDeletes }) => ({ created, rejected, heldDeletes }))).toEqual(
    entities.map(() => ({ created: records, rejected: 450, heldDeletes: 0 })),
  )

  const whole = await filled()
  await cut(whole)
  await ask(whole, entities)
  await deleteAll(whole)
  expect(await deletedEvents(whole)).toMatchObject([{ entity: null }])
})

test('nothing is deleted of a connection that is not disconnected, nor where nobody asked, whoever calls', async () => {
  const seeded = await filled()
  const doomed = { ...seeded, entity: 'PART' as const }
  const attempt = async () => {
    for await (const _ of deleteData(db, doomed));
  }
  await ask(seeded, ['PART']) // as no operation does: it is connected
  await expect(attempt()).rejects.toThrow(ConnectionGone)
  await cut(seeded)
  await expect(
    (async () => {
      for await (const _ of deleteData(db, { ...seeded, entity: 'VENDOR' }));
    })(),
  ).rejects.toThrow(ConnectionGone)
  expect(await stored(seeded, 'PART')).toMatchObject({ records, rejected: 450 })
  expect(await stored(seeded, 'VENDOR')).toMatchObject({ records, rejected: 450 })
})

test('two that delete at once, as when a worker was thought dead, delete each row once and tell it once', async () => {
  const seeded = await filled()
  await cut(seeded)
  await ask(seeded, entities)
  await Promise.all([deleteAll(seeded), deleteAll(seeded), deleteAll(seeded)])
  expect(await stored(seeded, 'PART')).toEqual({ ...empty, budgets: 0 })
  expect(await entityStateOf(db, seeded)).toMatchObject({ recordCount: 0 })
  expect(await deletedEvents(seeded)).toMatchObject([{ entity: null }])
})

test('what is owed is found a while later, until it is done', async () => {
  const seeded = await filled()
  await cut(seeded)
  await ask(seeded, ['PART'])
  expect(await undeletedConnections(db)).not.toContain(seeded.connectionId)
  await db.pool.query(
    `UPDATE entity_state SET deletion_asked_at = now() - interval '1 minute' WHERE connection_id = $1 AND deletion_asked_at IS NOT NULL`,
    [seeded.connectionId],
  )
  expect(await undeletedConnections(db)).toContain(seeded.connectionId)
  await deleteAll(seeded)
  expect(await undeletedConnections(db)).not.toContain(seeded.connectionId)
})
