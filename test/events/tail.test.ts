import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Tail } from '../../src/events/tail.ts'
import { createTails } from '../../src/events/tails.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { addConnection, addEvents } from '../graphql/rows.ts'
import { unserved } from './tail-source.ts'

let db: Database

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 5, onError: () => {} })
})
afterAll(() => db.close())

/** A pool whose statements wait, once it is told so, until each is let go on, or fails. */
function heldPool() {
  const waiting: { go: () => void; fail: (error: Error) => void }[] = []
  let held = false
  const pool = new Proxy(db.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name)
      return async (...given: [string, unknown[]]) => {
        if (held) await new Promise<void>((go, fail) => waiting.push({ go, fail }))
        return target.query(...given)
      }
    },
  })
  return {
    pool,
    waiting,
    hold: () => (held = true),
    read: (n: number) => eventually(`read ${n}`, () => waiting[n - 1]),
  }
}

test('who asks for what is new has it after the first read that began since, however many ask meanwhile', async () => {
  const { id } = await addConnection(db)
  const { pool, hold, read, waiting } = heldPool()
  const tail = await Tail.open(unserved(pool), id, 'environment', 'connection')
  hold()
  const settled: string[] = []
  const asked = (what: string) => tail.advance('connection').then(() => settled.push(what))
  const all = [asked('first')]
  const first = await read(1)
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  all.push(asked('second'), asked('third'))
  first.go()
  const second = await read(2)
  expect([settled, tail.head]).toEqual([['first'], 2n])
  all.push(asked('fourth'))
  second.go()
  const last = await read(3)
  expect(settled).toEqual(['first', 'second', 'third'])
  last.go()
  await Promise.all(all)
  expect(waiting).toHaveLength(3)
})

test('a read that fails fails those who asked for it alone', async () => {
  const { id } = await addConnection(db)
  const { pool, hold, read } = heldPool()
  const tail = await Tail.open(unserved(pool), id, 'environment', 'connection')
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  hold()
  const failed = expect(tail.advance('connection')).rejects.toThrow('away')
  const first = await read(1)
  const later = tail.advance('connection')
  first.fail(new Error('away'))
  await failed
  ;(await read(2)).go()
  await later
  expect(tail.head).toBe(2n)
})

test('the environments of so many connections are remembered, those of which nothing was heard for longest are not', async () => {
  const asked: unknown[] = []
  const query = async (_text: string, [id]: unknown[]) => {
    asked.push(id)
    return { rows: [{ id: 'environment' }] }
  }
  const tails = createTails(unserved({ query } as unknown as pg.Pool)) // all that is asked of it here
  for (let i = 0; i < 10_000; i++) await tails.environmentOf(`${i}`)
  await tails.environmentOf('0')
  await tails.environmentOf('one more')
  asked.length = 0
  for (const id of ['0', 'one more', '2', '1']) await tails.environmentOf(id)
  expect(asked).toEqual(['1'])
})
