import pg from 'pg'
import { afterAll, beforeAll, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { openWay } from '../graphql/severable-way.ts'

let db: Database
let way: Awaited<ReturnType<typeof openWay>>
let listener: pg.Client
const heard: string[] = []
const errors: Error[] = []

beforeAll(async () => {
  const url = await freshDatabase()
  way = await openWay(url)
  db = openDatabase({ url: way.url, applicationName: 'test', max: 2, onError: (error) => errors.push(error) })
  listener = new pg.Client({ connectionString: url })
  await listener.connect()
  listener.on('notification', ({ payload }) => heard.push(...(payload ?? '').split(',')))
  await listener.query('LISTEN syncline_event')
})
afterAll(async () => {
  await listener.end()
  await way.close()
})

test('an announcement whose connection answers no more holds up neither the next ones nor the close', async () => {
  db.announcer.announce('first')
  await eventually('the first', () => heard.includes('first'))
  way.freeze()
  db.announcer.announce('lost')
  await eventually('it to be given up', () => errors.length > 0)
  way.thaw()
  db.announcer.announce('next')
  await eventually('the next', () => heard.includes('next'))
  way.freeze()
  for (let i = 0; i < 1_000; i++) db.announcer.announce(`id ${i}`)
  // more than one statement's worth, of which none is answered
  await db.announcer.close()
  way.thaw()
  await db.close()
}, 30_000)
