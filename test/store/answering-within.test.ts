import { afterAll, beforeAll, expect, test } from 'vitest'
import { answeringWithin } from '../../src/store/answering-within.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { isUnavailable } from '../../src/store/unavailable.ts'
import { freshDatabase } from '../database.ts'
import { openWay } from '../graphql/severable-way.ts'

let db: Database
let way: Awaited<ReturnType<typeof openWay>>

beforeAll(async () => {
  way = await openWay(await freshDatabase())
  db = openDatabase({ url: way.url, applicationName: 'test', max: 2, onError: () => {} })
})
afterAll(async () => {
  way.thaw()
  await db.close()
  await way.close()
})

test('where PostgreSQL answers nothing any more a statement fails as in an outage, and its connection is given up', async () => {
  const patient = answeringWithin(db.pool, 10_000)
  expect((await patient.query('SELECT $1::int AS n', [7])).rows).toEqual([{ n: 7 }])
  expect((await patient.query({ name: 'named', text: 'SELECT $1::int AS n' }, [8])).rows).toEqual([{ n: 8 }])
  way.freeze()
  const error = await answeringWithin(db.pool, 200)
    .query('SELECT 1')
    .catch((reason: unknown) => reason)
  expect(isUnavailable(error)).toBe(true)
  expect(db.pool.totalCount).toBe(0)
})
