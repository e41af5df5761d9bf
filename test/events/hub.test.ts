import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createEventHub, type EventHub } from '../../src/events/hub.ts'
import { createEventStreams, type EventStreams } from '../../src/events/streams.ts'
import { createTails } from '../../src/events/tails.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { addSilently, addConnection, addEvents } from '../graphql/rows.ts'
import { countedPool } from './counted-pool.ts'
import { endListeners, listeners } from './listeners.ts'
import { unserved } from './tail-source.ts'

let db: Database
let hub: EventHub
let streams: EventStreams

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 5, onError: () => {} })
  hub = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {} })
  streams = createEventStreams({ pool: db.pool, hub })
})
afterAll(async () => {
  await hub.close()
  await db.close()
})

const guard = (confirm: () => Promise<void>) => ({ credential: 'guarded', confirm })
const trusting = { credential: 'trusted', confirm: async () => {} }

const listenerPid = async () => (await listeners(db.pool))[0]

test('a reader that waits answers return() at once and holds nothing afterwards', async () => {
  const { id } = await addConnection(db)
  const stream = await streams.ofConnection(id, null, trusting)
  const waiting = stream.next()
  await stream.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('a stream that is returned before it is read never begins', async () => {
  const { id } = await addConnection(db)
  const stream = await streams.ofConnection(
    id,
    0n,
    guard(() => Promise.reject(new Error('asked'))),
  )
  await stream.return?.()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('nothing that was read is delivered when the credential is refused after the read', async () => {
  const { id } = await addConnection(db)
  let good = true
  const stream = await streams.ofConnection(
    id,
    0n,
    guard(() => (good ? Promise.resolve() : Promise.reject(new Error('revoked')))),
  )
  expect((await stream.next()).value).toMatchObject({ sequence: 1n })
  const refused = expect(stream.next()).rejects.toThrow('revoked')
  good = false
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  await refused
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('readers go on when the listening connection is cut, and it comes back', async () => {
  const { id } = await addConnection(db)
  const first = await eventually('the hub to listen', listenerPid)
  const stream = await streams.ofConnection(id, null, trusting)
  const next = stream.next()
  await db.pool.query('SELECT pg_terminate_backend($1)', [first])
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  expect((await next).value).toMatchObject({ sequence: 2n })
  await eventually('the hub to listen again', async () => {
    const pid = await listenerPid()
    return pid !== undefined && pid !== first
  })
  await stream.return?.()
})

test('events are told when they are announced, not at the next poll', async () => {
  const own = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {}, pollMs: 3_600_000 })
  const { id } = await addConnection(db)
  const stream = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, null, trusting)
  for (const sequence of [2n, 3n, 4n, 5n]) {
    const next = stream.next()
    await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
    expect((await next).value).toMatchObject({ sequence })
  }
  await stream.return?.()
  await own.close()
})

test('streams end with an error when the process stops, so that no reader takes it for the end of the run', async () => {
  const { id } = await addConnection(db)
  const own = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {} })
  const stream = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, null, trusting)
  const refused = expect(stream.next()).rejects.toThrow(/Subscribe again/)
  await own.close()
  await refused
  // an answer on a connection that was kept alive may begin later
  const late = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, 0n, trusting)
  expect((await late.next()).value).toMatchObject({ sequence: 1n })
  await expect(late.next()).rejects.toThrow(/Subscribe again/)
})

test('who leaves costs a look at what it followed, not at what all others follow', async () => {
  const connections = await Promise.all([addConnection(db), addConnection(db), addConnection(db)])
  const tails = createTails(unserved(db.pool))
  for (const { id } of connections) await tails.of(id, 'connection')
  const left = connections[0]?.id ?? ''
  const asked: string[] = []
  tails.prune(({ connectionId }) => asked.push(connectionId) === 0, [left])
  expect(asked).toEqual([left])
  expect(connections.map(({ id }) => tails.isOpen(id))).toEqual([false, true, true])
})

test('credentials that end one after the other have the rest confirmed now and then, not once for each of them', async () => {
  const own = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {}, pollMs: 3_600_000 })
  const { id } = await addConnection(db)
  let confirmed = 0
  const stop = own.onConfirm(() => (confirmed += 1))
  const begun = performance.now()
  await eventually('the hub to listen', async () => {
    await db.pool.query(`SELECT pg_notify('syncline_event', 'credentials')`)
    return confirmed > 0
  })
  for (let i = 0; i < 300; i++) await db.pool.query(`SELECT pg_notify('syncline_event', 'credentials')`)
  // comes after all of them
  const stream = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, null, trusting)
  const next = stream.next()
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  await next
  const atThen = confirmed
  expect(atThen).toBeLessThanOrEqual(2 + (performance.now() - begun) / 100)
  // the last of them too
  await db.pool.query(`SELECT pg_notify('syncline_event', 'credentials')`)
  await eventually('another confirmation', () => confirmed > atThen)
  stop()
  await stream.return?.()
  await own.close()
})

test('what was read when it was announced is not read again by the polls that follow', async () => {
  const counted = countedPool(db.pool)
  const own = createEventHub({ url: db.url, pool: counted.pool, line: counted.pool, onError: () => {}, pollMs: 20 })
  const { id } = await addConnection(db)
  const stream = await createEventStreams({ pool: counted.pool, hub: own }).ofConnection(id, null, trusting)
  const next = stream.next()
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  await next
  const polls = () => counted.texts.filter((text) => text.includes('OR c.environment_id = ANY')).length
  const atThen = counted.reads()
  const before = polls()
  await eventually('more polls', () => polls() > before + 10)
  // the announcement of what was written before may come late
  expect(counted.reads()).toBeLessThanOrEqual(atThen + 1)
  await stream.return?.()
  await own.close()
})

test('after a gap in the announcements one statement says what has moved, and only that is read', async () => {
  const counted = countedPool(db.pool)
  const own = createEventHub({
    url: db.url,
    pool: counted.pool,
    line: counted.pool,
    onError: () => {},
    pollMs: 3_600_000,
  })
  const ofOwn = createEventStreams({ pool: counted.pool, hub: own })
  const ids = await Promise.all(Array.from({ length: 6 }, async () => (await addConnection(db)).id))
  const all = await Promise.all(ids.map((id) => ofOwn.ofConnection(id, 0n, trusting)))
  for (const stream of all) await stream.next()
  const next = all.map((stream) => stream.next())
  await eventually('the hub to listen', listenerPid)
  // an announcement from before may come late; behind that of the last event none is left
  await addEvents(db, ids[5] ?? '', [{ type: 'SYNC_SKIPPED' }])
  await next[5]
  next[5] = all[5]?.next() ?? Promise.reject(new Error('no stream'))
  const asked = () => counted.asked.filter(({ text }) => text.includes('sequence > $2'))
  const before = asked().length
  await addSilently(db, ids[0] ?? '', [{ type: 'SYNC_SKIPPED' }])
  await endListeners(db.pool)
  expect((await next[0])?.value).toMatchObject({ sequence: 2n })
  expect(
    asked()
      .slice(before)
      .map(({ values }) => values[0]),
  ).toEqual([ids[0]])
  await Promise.all(all.map((stream) => stream.return?.()))
  await own.close()
})

test('a stream whose credential has ended ends within a second, at the next look, also where nobody announces it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const own = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {} })
    const { id } = await addConnection(db)
    let good = true
    let confirmed = 0
    async function confirm() {
      if (!good) throw new Error('revoked')
      confirmed += 1
    }
    const stream = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, null, guard(confirm))
    const ended = expect(stream.next()).rejects.toThrow('revoked')
    await eventually('the stream to sleep', () => confirmed > 0)
    good = false
    vi.advanceTimersByTime(999)
    await ended
    await own.close()
  } finally {
    vi.useRealTimers()
  }
})

test('and as soon as it is announced, however seldom it is looked at', async () => {
  const own = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {}, pollMs: 3_600_000 })
  const { id } = await addConnection(db)
  let good = true
  const confirm = () => (good ? Promise.resolve() : Promise.reject(new Error('revoked')))
  const stream = await createEventStreams({ pool: db.pool, hub: own }).ofConnection(id, 0n, guard(confirm))
  await stream.next()
  const next = stream.next()
  // it listens
  await addEvents(db, id, [{ type: 'SYNC_SKIPPED' }])
  await next
  const ended = expect(stream.next()).rejects.toThrow('revoked')
  good = false
  await db.pool.query(`SELECT pg_notify('syncline_event', 'credentials')`)
  await ended
  await own.close()
})
