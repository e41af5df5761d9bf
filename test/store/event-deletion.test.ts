import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { eventExtent, eventsOfConnection } from '../../src/store/event-read.ts'
import { freshDatabase } from '../database.ts'
import { addConnection, addEvents } from '../graphql/rows.ts'

let db: Database

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 2, onError: () => {} })
})
afterAll(() => db.close())

test('the documented deletion of old events leaves no gap, also where times are not in the order of the sequences', async () => {
  const [old, recent] = [await addConnection(db), await addConnection(db)]
  for (const { id } of [old, recent])
    await addEvents(
      db,
      id,
      Array.from({ length: 5 }, () => ({ type: 'SYNC_SKIPPED' })),
    )
  await db.pool.query(
    `UPDATE event SET at = now() - interval '91 days' WHERE connection_id = $1 AND sequence IN (1, 2, 4)`,
    [old.id],
  )
  const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8')
  const [, statement = ''] = /```sql\n(DELETE FROM event [\s\S]*?)```/.exec(page) ?? []
  await db.pool.query(statement)
  const left = await eventsOfConnection(db.pool, old.id, 0n, 10)
  expect(left.map(({ sequence }) => sequence)).toEqual([5n, 6n])
  expect(await eventExtent(db.pool, recent.id)).toEqual({ first: 1n, last: 6n })
})
