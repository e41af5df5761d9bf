import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { commitBatch } from '../../src/store/record-batch.ts'
import { partitionOf } from '../../src/store/record-partition.ts'
import { loadedPartition, pagesOf, PartitionUnsettled, settlePartition } from '../../src/store/settle-partition.ts'
import { temporaryFolder } from '../embedded/processes.ts'
import { eventually } from '../eventually.ts'
import { sampleBatch, sampleRows } from './sample-batch.ts'
import { openFreshDatabase, seedWriter } from './seeded-connection.ts'

let db: Database

beforeAll(async () => {
  db = await openFreshDatabase()
})
afterAll(() => db.close())

/** Of a row of some 1 KB seven fill a page. */
const pad = 'x'.repeat(450)

/** The tests' PostgreSQL answers a commit before it is flushed, and notes on no page what is not. */
const flush = () => db.pool.query('CHECKPOINT')

/** A connection whose entity run has brought so many records. */
async function loaded(count: number, fields: Record<string, unknown> = { pad }) {
  const { writer, connectionKey, entityRunId } = await seedWriter(db)
  const partition = await partitionOf(db.pool, connectionKey)
  await db.pool.query(`ALTER TABLE ${partition} SET (autovacuum_enabled = off)`)
  await commitBatch(db, writer, sampleBatch(sampleRows(count, 'P', fields)))
  await flush()
  return { entityRunId, partition }
}

/** The product's, and one that changes the table of records. */
async function oneMoreMigration(): Promise<string> {
  const folder = temporaryFolder()
  await cp(fileURLToPath(new URL('../../prisma/migrations', import.meta.url)), folder, { recursive: true })
  const added = join(folder, '99990101000000_of_this_test')
  await mkdir(added)
  await writeFile(join(added, 'migration.sql'), 'ALTER TABLE record ADD COLUMN of_this_test int')
  return folder
}

async function standingOf(partition: string) {
  const { rows } = await db.pool.query<{ visible: number; known: number }>(
    `SELECT relallvisible AS visible, (SELECT count(*)::int FROM pg_statistic WHERE starelid = c.oid) AS known
     FROM pg_class c WHERE oid = $1::regclass`,
    [partition],
  )
  return rows[0]
}

/** Autovacuum may look at other tables just then, and see what was before the load. */
const settle = (partition: string) =>
  eventually('all pages are visible to all', async () => {
    await settlePartition(db, partition)
    const { visible = 0, known = 0 } = (await standingOf(partition)) ?? {}
    return visible > 1_000 && known > 0
  })

test('a partition that has been loaded is vacuumed and analyzed, and then is loaded no more', async () => {
  const { entityRunId, partition } = await loaded(8_000)
  expect(await loadedPartition(db, entityRunId)).toBe(partition)
  expect(await standingOf(partition)).toEqual({ visible: 0, known: 0 })
  await settle(partition)
  expect(await loadedPartition(db, entityRunId)).toBeNull()
})

test('few records are no load, whatever others have brought, nor are many that take little room', async () => {
  const { entityRunId, partition } = await loaded(8_000)
  expect(await loadedPartition(db, entityRunId)).toBe(partition)
  await db.pool.query('UPDATE entity_run SET created = 999 WHERE id = $1', [entityRunId])
  expect(await loadedPartition(db, entityRunId)).toBeNull()
  expect(await loadedPartition(db, (await loaded(8_000, {})).entityRunId)).toBeNull()
})

test('nor are those that are a small part of their partition', async () => {
  const { writer, connectionKey, entityRunId } = await seedWriter(db)
  const partition = await partitionOf(db.pool, connectionKey)
  await db.pool.query(`ALTER TABLE ${partition} SET (autovacuum_enabled = off)`)
  await db.pool.query(
    `INSERT INTO record (connection_key, entity, external_id, change_seq, created_seq, content_hash, first_seen_at, updated_at, data, raw)
     SELECT $1, 0, i::text, i, i, '', now(), now(), '{}', repeat('x', 3900) FROM generate_series(1, 32000) AS i`,
    [connectionKey],
  )
  await flush()
  await settle(partition)
  await commitBatch(db, writer, sampleBatch(sampleRows(8_000, 'P', { pad })))
  expect(await loadedPartition(db, entityRunId)).toBeNull()
})

test('what an open transaction keeps from being settled is not tried again and again', async () => {
  const open = await db.pool.connect()
  try {
    await open.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await open.query('SELECT count(*) FROM connection')
    const { entityRunId, partition } = await loaded(8_000)
    await settlePartition(db, partition)
    const { unsettled } = await pagesOf(db, partition)
    expect(unsettled).toBeGreaterThan(1_000)
    expect(await loadedPartition(db, entityRunId)).toBe(partition)
    expect(await loadedPartition(db, entityRunId, new Map([[partition, unsettled]]))).toBeNull()
  } finally {
    await open.query('ROLLBACK')
    open.release()
  }
})

describe('where it takes long', () => {
  const database = () => new URL(db.url).pathname.slice(1)
  const under = async () => {
    const { rows } = await db.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'syncline-settling' AND query LIKE 'VACUUM%' AND state = 'active'`,
    )
    return rows[0]?.n === 1
  }
  beforeAll(async () => {
    // a page in 100 ms
    await db.pool.query(`ALTER DATABASE ${database()} SET vacuum_cost_delay = 100`)
    await db.pool.query(`ALTER DATABASE ${database()} SET vacuum_cost_limit = 1`)
  })
  afterAll(async () => {
    await db.pool.query(`ALTER DATABASE ${database()} RESET vacuum_cost_delay`)
    await db.pool.query(`ALTER DATABASE ${database()} RESET vacuum_cost_limit`)
  })

  test('it ends in PostgreSQL too when the process stops', async () => {
    const { partition } = await loaded(8_000)
    const stopping = new AbortController()
    const settled = expect(settlePartition(db, partition, stopping.signal)).rejects.toThrow('canceling statement')
    await eventually('it to be under way', under)
    stopping.abort()
    await settled
  })

  test('it gives way to a migration', async () => {
    const { partition } = await loaded(8_000)
    const settled = expect(settlePartition(db, partition)).rejects.toThrow('canceling statement')
    await eventually('it to be under way', under)
    const folder = await oneMoreMigration()
    await migrate(db.url, folder)
    await settled
  })
})

test('where somebody else is at it, nothing waits and nothing is done', async () => {
  const { partition } = await loaded(1_000)
  const before = await standingOf(partition)
  const other = await db.pool.connect()
  try {
    await other.query(`BEGIN; LOCK TABLE ${partition} IN SHARE UPDATE EXCLUSIVE MODE`)
    await settlePartition(db, partition)
    expect(await standingOf(partition)).toEqual(before)
  } finally {
    await other.query('ROLLBACK')
    other.release()
  }
})

test('a role that may not is told so', async () => {
  const { partition } = await loaded(1_000)
  const before = await standingOf(partition)
  const url = new URL(db.url)
  url.username = `reader_${url.pathname.slice(1)}`
  url.password = 'of-this-test'
  await db.pool.query(`CREATE ROLE ${url.username} LOGIN PASSWORD '${url.password}'`)
  try {
    const settled = settlePartition({ ...db, url: url.href }, partition)
    await expect(settled).rejects.toThrow(PartitionUnsettled)
    expect(await standingOf(partition)).toEqual(before)
  } finally {
    await db.pool.query(`DROP ROLE ${url.username}`)
  }
})
