import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { StoreBusy } from '../../src/store/errors.ts'
import { type Line, openLine } from '../../src/store/line.ts'
import { isUnavailable } from '../../src/store/unavailable.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { openWay } from '../graphql/severable-way.ts'

let db: Database
let line: Line
/** Of each test its own: a connection that was closed is still listed for a moment. */
let name = ''
let opened = 0

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 4, onError: () => {} })
  await db.pool.query('CREATE TABLE word (said text)')
})
afterEach(() => line.close())
afterAll(() => db.close())

function open({ url = db.url, answerMs = 10_000, onError = () => {} } = {}) {
  name = `test line ${(opened += 1)}`
  line = openLine({ url, applicationName: name, answerMs, onError })
}

const words = async () => (await line.query<{ said: string }>('SELECT said FROM word')).rows.map(({ said }) => said)

/** With a short time to answer in, on a machine that may be busy. */
const answered = () => eventually('an answer', () => words().catch(() => null))

/** What the line's one connection is about. */
async function backends() {
  const { rows } = await db.pool.query<{ pid: number; wait_event_type: string | null }>(
    'SELECT pid, wait_event_type FROM pg_stat_activity WHERE application_name = $1',
    [name],
  )
  return rows
}

test('a statement goes out without waiting for the answer to the one before, and sees what was committed until its turn', async () => {
  open()
  const holder = await db.pool.connect()
  await holder.query('SELECT pg_advisory_lock(7)')
  const first = line.query('SELECT pg_advisory_lock_shared(7)')
  await eventually('the first to wait', async () => (await backends())[0]?.wait_event_type === 'Lock')
  const second = words()
  await db.pool.query(`INSERT INTO word VALUES ('meanwhile')`)
  await holder.query('SELECT pg_advisory_unlock(7)')
  holder.release()
  await first
  expect(await second).toEqual(['meanwhile'])
  expect(await backends()).toHaveLength(1)
})

test('a statement that fails fails alone', async () => {
  open()
  const asked = [line.query('SELECT 1'), line.query('SELECT nonsense'), line.query('SELECT 2 AS two')] as const
  await asked[0]
  await expect(asked[1]).rejects.toThrow('nonsense')
  expect((await asked[2]).rows).toEqual([{ two: 2 }])
})

test('where the connection is lost all that was asked on it fails, and the next statement has another', async () => {
  open()
  const asked = [line.query('SELECT pg_sleep(60)'), line.query('SELECT 1')]
  const failed = Promise.all(asked.map((one) => expect(one).rejects.toSatisfy(isUnavailable)))
  await eventually('the first to be carried out', async () => (await backends())[0]?.wait_event_type === 'Timeout')
  await db.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name])
  await failed
  expect((await line.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('a statement that is asked as soon as an idle connection is known to be lost has another', async () => {
  const lost = new Promise<{ one: number }[]>((resolve, reject) => {
    open({
      onError: () => void line.query<{ one: number }>('SELECT 1 AS one').then(({ rows }) => resolve(rows), reject),
    })
  })
  await words()
  await db.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name])
  expect(await lost).toEqual([{ one: 1 }])
})

test('what is not answered in time fails as in an outage, and keeps nobody waiting who asks afterwards', async () => {
  open({ answerMs: 200 })
  await answered()
  await expect(line.query('SELECT pg_sleep(60)')).rejects.toSatisfy(isUnavailable)
  expect(await answered()).toEqual(['meanwhile'])
})

test('where PostgreSQL answers nothing any more a statement fails as in an outage, also one that has to connect first', async () => {
  const way = await openWay(db.url)
  try {
    open({ url: way.url, answerMs: 200 })
    await answered()
    way.freeze()
    await expect(words()).rejects.toSatisfy(isUnavailable)
    await expect(words()).rejects.toSatisfy(isUnavailable)
    way.thaw()
    expect(await answered()).toEqual(['meanwhile'])
  } finally {
    await way.close()
  }
})

test('a server that cannot be reached fails the statement, and is asked for again by the next', async () => {
  open({ url: 'postgres://nobody@127.0.0.1:1/none' })
  for (let i = 0; i < 2; i++) {
    const error = await line.query('SELECT 1').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StoreBusy)
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  }
})

test('a line that was closed stays closed', async () => {
  open()
  await words()
  await line.close()
  await expect(words()).rejects.toSatisfy(isUnavailable)
  await eventually('its connection to be gone', async () => (await backends()).length === 0)
})
