import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/start.ts'
import { announceEndedCredentials, announceNews } from '../../src/store/announce.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { StoreBusy } from '../../src/store/errors.ts'
import { transaction } from '../../src/store/transaction.ts'
import { freshDatabase } from '../database.ts'
import { temporaryFolder } from '../embedded/processes.ts'
import { eventually } from '../eventually.ts'

let db: Database
const heard: string[] = []
const errors: Error[] = []
const closing: (() => Promise<unknown>)[] = []

async function listen(url: string, onPayload: (payload: string) => void): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  closing.unshift(() => client.end())
  await client.connect()
  client.on('notification', ({ payload }) => onPayload(payload ?? ''))
  await client.query('LISTEN syncline_event')
  return client
}

function open(url: string): Database {
  const opened = openDatabase({ url, applicationName: 'test', max: 1, onError: (error) => errors.push(error) })
  closing.unshift(() => opened.close())
  return opened
}

beforeAll(async () => {
  const url = await freshDatabase()
  db = open(url)
  await listen(url, (payload) => heard.push(payload))
})
afterAll(async () => {
  for (const close of closing) await close()
})

/** Settles when all that was announced before has been heard; answers it. */
async function heardSoFar(): Promise<string[]> {
  await db.pool.query(`SELECT pg_notify('syncline_event', 'so far')`)
  await eventually('the mark', () => heard.includes('so far'))
  return heard.splice(0).slice(0, -1)
}

test('what a transaction has to announce is announced once, when it has committed', async () => {
  const answer = await transaction(db, async (client) => {
    announceNews(client, 'one')
    announceNews(client, "it's another")
    announceNews(client, 'one')
    announceEndedCredentials(client)
    expect(heard).toEqual([])
    return 'done'
  })
  expect(answer).toBe('done')
  expect(await heardSoFar()).toEqual(["one,it's another,credentials"])
})

test('nothing is announced of a transaction that is rolled back, and nothing of it by the next on its connection', async () => {
  const failed = transaction(db, async (client) => {
    announceNews(client, 'rolled back')
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  await transaction(db, async (client) => announceNews(client, 'next'))
  await transaction(db, async (client) => client.query('SELECT 1'))
  expect(await heardSoFar()).toEqual(['next'])
})

test('a commit that fails is told, and nothing is announced of it', async () => {
  await db.pool.query('CREATE TABLE pair (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)')
  const failed = transaction(db, async (client) => {
    await client.query('INSERT INTO pair VALUES (1), (1)')
    announceNews(client, 'never committed')
  })
  await expect(failed).rejects.toThrow('duplicate key')
  expect(await heardSoFar()).toEqual([])
  expect((await db.pool.query('SELECT FROM pair')).rowCount).toBe(0)
})

test('a transaction of which a statement has failed is not told as committed, though PostgreSQL answers its COMMIT without an error', async () => {
  const failed = transaction(db, async (client) => {
    await client.query('SELECT 1 / 0').catch(() => {})
    announceNews(client, 'rolled back')
  })
  await expect(failed).rejects.toThrow('a statement had failed')
})

test('where statements have a time-out by the URL, a commit that is lost is told', async () => {
  const url = new URL(db.url)
  url.searchParams.set('query_timeout', '10000')
  const limited = open(url.toString())
  const lost = transaction(limited, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    announceNews(client, 'lost')
    await db.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  })
  await expect(lost).rejects.toThrow(StoreBusy)
  await transaction(limited, async (client) => announceNews(client, 'after'))
  expect(await heardSoFar()).toContain('after')
})

test('what has committed and cannot be announced has committed', async () => {
  const settings = ['max_notify_queue_pages=64'] // the least that there may be
  const dataDir = join(temporaryFolder(), 'postgres')
  const server = await startEmbeddedPostgres({ dataDir, database: 'test', port: 0, durable: false, settings })
  closing.push(() => server.stop())
  const full = open(server.url)
  // what it has not taken yet stays in the queue, which is full in the end
  const busy = await listen(server.url, () => {})
  await busy.query('BEGIN')
  const payload = 'x'.repeat(7_000)
  const fill = () => full.pool.query('SELECT pg_notify($1, $2)', ['syncline_event', payload])
  await expect(
    (async () => {
      for (let i = 0; i < 1_000; i++) await fill()
    })(),
  ).rejects.toThrow('too many notifications')
  errors.length = 0

  await transaction(full, async (client) => {
    await client.query('CREATE TABLE committed ()')
    announceNews(client, 'untold')
  })
  expect(errors).toMatchObject([{ name: 'Unannounced', cause: { code: '54000' } }])
  expect((await full.pool.query('SELECT FROM committed')).rowCount).toBe(0)
}, 60_000)
