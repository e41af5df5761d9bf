import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { StoreBusy } from '../../src/store/errors.ts'
import { transaction } from '../../src/store/transaction.ts'
import { freshDatabase } from '../database.ts'

let db: Database

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 4, onError: () => {} })
})
afterAll(() => db.close())

test('a connection that PostgreSQL closes between two statements of a transaction fails it, and not the process', async () => {
  const lost = transaction(db, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const closed = new Promise((resolve) => client.once('end', resolve))
    await db.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    await closed
    await client.query('SELECT 1')
  })
  await expect(lost).rejects.toThrow(StoreBusy)
  expect(await transaction(db, async (client) => (await client.query('SELECT 1 AS one')).rows)).toEqual([{ one: 1 }])
})

test('a connection that PostgreSQL closes in mid-statement is told as busy', async () => {
  const lost = transaction(db, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await Promise.all([
      client.query('SELECT pg_sleep(60)'),
      db.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]),
    ])
  })
  await expect(lost).rejects.toThrow(StoreBusy)
})

test('a connection that leads to a standby since a failover is told as busy, and not used again', async () => {
  let standby = 0
  const refused = transaction(db, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    standby = rows[0]?.pid ?? 0
    await client.query('SET TRANSACTION READ ONLY')
    await client.query('UPDATE environment SET name = name')
  })
  await expect(refused).rejects.toThrow(StoreBusy)
  await eventually('the connection to close', async () => {
    const { rowCount } = await db.pool.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [standby])
    return rowCount === 0
  })
})

test('a transaction that is left open by a frozen process is ended by PostgreSQL', async () => {
  const { rows } = await db.pool.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'lock_timeout') ORDER BY name`,
  )
  expect(rows).toEqual([
    { name: 'idle_in_transaction_session_timeout', setting: '30000' },
    { name: 'lock_timeout', setting: '5000' },
  ])
})
