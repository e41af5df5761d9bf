import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { environmentReader } from '../../src/events/environment-stream.ts'
import { createEventHub, type EventHub } from '../../src/events/hub.ts'
import { createStandings } from '../../src/events/standings.ts'
import { createStreamSlots } from '../../src/events/stream-slots.ts'
import { createTails } from '../../src/events/tails.ts'
import { createEventStreams, type EventStream, type EventStreams } from '../../src/events/streams.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { addSilently, addConnection, addEvents, addRun, endRun, environmentOf } from '../graphql/rows.ts'
import { openWay } from '../graphql/severable-way.ts'
import { countedPool } from './counted-pool.ts'
import { endListeners, listeners } from './listeners.ts'
import { unserved } from './tail-source.ts'

let db: Database
let hub: EventHub
let streams: EventStreams
let counted: ReturnType<typeof countedPool>
const open: EventStream[] = []

const trusting = { credential: 'trusted', confirm: async () => {} }

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 8, onError: () => {} })
  counted = countedPool(db.pool)
  // what the poll would find must be found without it
  hub = createEventHub({ url: db.url, pool: counted.pool, line: counted.pool, onError: () => {}, pollMs: 3_600_000 })
  streams = createEventStreams({ pool: counted.pool, hub })
  await eventually('the hub to listen', async () => (await listeners(db.pool)).length > 0)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.return?.()))
})
afterAll(async () => {
  await hub.close()
  await db.close()
})

async function opened(opening: Promise<EventStream>): Promise<EventStream> {
  const stream = await opening
  open.push(stream)
  return stream
}

const skipped = (n: number) => Array.from({ length: n }, () => ({ type: 'SYNC_SKIPPED' as const }))

async function taken(stream: EventStream, n: number): Promise<bigint[]> {
  const sequences: bigint[] = []
  while (sequences.length < n) {
    const { value } = await stream.next()
    if (!value) break
    sequences.push(value.sequence)
  }
  return sequences
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => BigInt(from + i))

test('an event is read once in a process, however many follow its connection, its run and its environment', async () => {
  const { id } = await addConnection(db)
  const run = await addRun(db, id)
  const { id: environmentId } = await environmentOf(db, 'production')
  const many = Array.from({ length: 100 })
  const all = await Promise.all([
    ...many.map(() => opened(streams.ofConnection(id, 1n, trusting))),
    ...many.map(() => opened(streams.ofRun({ id: run, connectionId: id }, 1n, trusting))),
  ])
  await Promise.all(all.map((stream) => stream.next()))
  // these have nothing to begin with: they wait when they have looked
  const live = await Promise.all(many.map(() => opened(streams.ofEnvironment(environmentId, trusting))))
  const first = live.map((stream) => stream.next())
  await addEvents(db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  await Promise.all([...first, ...all.map((stream) => stream.next())])

  const before = counted.reads()
  const next = [...all, ...live].map((stream) => stream.next())
  await addEvents(db, id, [{ type: 'ENTITY_PROGRESS', syncRunId: run }])
  const told = await Promise.all(next)
  expect(new Set(told.map(({ value }) => value?.sequence))).toEqual(new Set([4n]))
  expect(counted.reads() - before).toBe(1)
})

test('a run whose own events are long past is joined to what is read for all', async () => {
  const { id } = await addConnection(db)
  const run = await addRun(db, id)
  for (let i = 0; i < 3; i++) await addEvents(db, id, skipped(300))
  const all = await Promise.all(
    Array.from({ length: 20 }, () => opened(streams.ofRun({ id: run, connectionId: id }, 0n, trusting))),
  )
  await Promise.all(all.map((stream) => stream.next()))
  const waiting = all.map((stream) => stream.next())
  // of another run: they look, and find nothing of theirs
  await addEvents(db, id, skipped(1))
  const before = counted.texts.length
  await addEvents(db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  const told = await Promise.all(waiting)
  expect(told.map(({ value }) => value?.sequence)).toEqual(all.map(() => 904n))
  expect(counted.texts.slice(before).filter((text) => text.includes('WHERE sync_run_id'))).toEqual([])
})

test('who lags behind what is kept for all reads the store for itself, and misses nothing', async () => {
  const { id } = await addConnection(db)
  const run = await addRun(db, id)
  const [slow, ofRun] = [
    await opened(streams.ofConnection(id, 0n, trusting)),
    await opened(streams.ofRun({ id: run, connectionId: id }, 0n, trusting)),
  ]
  const { id: environmentId } = await environmentOf(db, 'production')
  const ofEnvironment = await opened(streams.ofEnvironment(environmentId, trusting))
  expect([await taken(slow, 1), await taken(ofRun, 1)]).toEqual([[1n], [2n]])
  const live = ofEnvironment.next()
  await addEvents(db, id, skipped(1))
  await live
  // more than twice what is kept, while they are not looking
  for (let i = 0; i < 4; i++) await addEvents(db, id, skipped(300))
  await addEvents(db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  await endRun(db, id, run)
  expect(await taken(slow, 1204)).toEqual(range(2, 1205))
  expect(await taken(ofRun, 9)).toEqual([1204n, 1205n])
  expect(await taken(ofEnvironment, 1202)).toEqual(range(4, 1205))
})

test('what follows the end of a run is delivered wherever a batch of the replay ends', async () => {
  const { id } = await addConnection(db)
  const run = await addRun(db, id)
  const progress = Array.from({ length: 498 }, () => ({ type: 'ENTITY_PROGRESS' as const, syncRunId: run }))
  await addEvents(db, id, progress)
  await endRun(db, id, run)
  await addEvents(db, id, [{ type: 'DELETES_DISMISSED', syncRunId: run }])
  const ofRun = await opened(streams.ofRun({ id: run, connectionId: id }, 0n, trusting))
  expect(await taken(ofRun, 600)).toEqual(range(2, 502))
})

test('who comes back after a break is served from what is kept', async () => {
  const { id } = await addConnection(db)
  await addEvents(db, id, skipped(40))
  const one = await opened(streams.ofConnection(id, 40n, trusting))
  await one.next()
  const before = counted.texts.filter((text) => text.includes('sequence > $2')).length
  const others = await Promise.all(Array.from({ length: 50 }, () => opened(streams.ofConnection(id, 10n, trusting))))
  for (const other of others) expect(await taken(other, 31)).toEqual(range(11, 41))
  // the announcement of what was written before may come late
  expect(counted.texts.filter((text) => text.includes('sequence > $2')).length).toBeLessThanOrEqual(before + 1)
})

test('after a gap all who follow an environment ask together what has moved', async () => {
  const { id } = await addConnection(db)
  const { id: environmentId } = await environmentOf(db, 'production')
  const all = await Promise.all(
    Array.from({ length: 20 }, () => opened(streams.ofEnvironment(environmentId, trusting))),
  )
  const first = all.map((stream) => stream.next())
  await addEvents(db, id, skipped(1))
  await Promise.all(first)
  const next = all.map((stream) => stream.next())
  const looks = () => counted.texts.filter((text) => text.includes('SELECT c.id, g.event_seq')).length
  const before = looks()
  await addSilently(db, id, skipped(1))
  await endListeners(db.pool)
  await Promise.all(next)
  expect(looks() - before).toBe(1)
})

test('of a connection that is followed only with its environment little is kept, and of all together no more than so many events', async () => {
  const [one, other] = [await addConnection(db), await addConnection(db)]
  for (const { id } of [one, other]) await addEvents(db, id, skipped(119))
  const tails = createTails(unserved(db.pool), 100)
  const first = await tails.of(one.id, 'environment')
  expect(first.size).toBe(10)
  await addEvents(db, one.id, skipped(60))
  await tails.advanced(one.id, 'environment')
  expect([first.size, first.after(129n), first.after(178n)?.map(({ sequence }) => sequence)]).toEqual([
    50,
    null,
    [179n, 180n],
  ])
  const second = await tails.of(other.id, 'connection')
  expect(second.size).toBe(100)
  tails.prune(() => true)
  expect([first.size, first.after(179n), first.after(180n), second.size]).toEqual([0, null, [], 100])
  await addEvents(db, one.id, skipped(1))
  await tails.advanced(one.id, 'environment')
  expect(first.after(180n)?.map(({ sequence }) => sequence)).toEqual([181n])
})

test('while announcements come, all connections of an environment are looked at seldom', async () => {
  const own = countedPool(db.pool)
  const often = createEventHub({ url: db.url, pool: own.pool, line: own.pool, onError: () => {}, pollMs: 10 })
  const { id: environmentId } = await environmentOf(db, 'production')
  const { id } = await addConnection(db)
  const ofBoth = createEventStreams({ pool: own.pool, hub: often })
  const following = [await ofBoth.ofEnvironment(environmentId, trusting), await ofBoth.ofConnection(id, null, trusting)]
  const next = following.map((stream) => stream.next())
  const polls = () => own.asked.filter(({ text }) => text.includes('OR c.environment_id = ANY'))
  const isWide = ({ values }: { values: readonly unknown[] }) => (values[1] as unknown[]).length > 0
  await eventually('a look without the environment, as announcements come', () => !polls().every(isWide))
  const before = polls().length
  await eventually('many more', () => polls().length > before + 30)
  expect(polls().slice(before).filter(isWide).length).toBeLessThan(10)
  await Promise.all(following.map((stream) => stream.return?.()))
  await Promise.all(next)
  await often.close()
})

test('a reader of an environment takes nothing of another one, whatever it is woken by', async () => {
  const foreign = await addConnection(db, { environment: 'testing' })
  const { id: environmentId } = await environmentOf(db, 'development')
  const read = await environmentReader({ pool: db.pool, hub, standings: createStandings(db.pool) }, environmentId)
  await addEvents(db, foreign.id, skipped(3))
  expect(await read(new Set([foreign.id]))).toEqual({ items: [], more: false, last: false })
})

test('10,000 streams that are left, in whatever state, leave nothing behind', async () => {
  const { id } = await addConnection(db)
  const { id: environmentId } = await environmentOf(db, 'production')
  const slots = createStreamSlots({ streamsPerCredential: 50, givesWayAfterMs: 60_000 })
  const kinds = [
    () => streams.ofConnection(id, 0n, trusting),
    () => streams.ofConnection(id, null, trusting),
    () => streams.ofEnvironment(environmentId, trusting),
  ]
  async function leave(i: number) {
    const stream = await slots.hold('somebody', kinds[i % 3] ?? (() => Promise.reject(new Error('no such kind'))), null)
    const step = i % 4 === 0 ? undefined : stream.next()
    if (i % 3 === 0) await step
    await stream.return?.()
    await step
  }
  // each of 50 would find no slot if one that was left still held its own
  await Promise.all(
    Array.from({ length: 50 }, async (_, worker) => {
      for (let i = 0; i < 200; i++) await leave(worker + i)
    }),
  )
  await Promise.all(open.splice(0).map((stream) => stream.return?.()))
  // nobody follows it: what is announced of it is read by nobody, when what is announced later has been read already
  const before = counted.asked.length
  await addEvents(db, id, skipped(1))
  const other = await addConnection(db, { environment: 'testing' })
  const last = await opened(streams.ofConnection(other.id, null, trusting))
  const next = last.next()
  await addEvents(db, other.id, skipped(1))
  await next
  const asked = counted.asked.slice(before).filter(({ text }) => text.includes('FROM event'))
  expect(asked.filter(({ values }) => values.includes(other.id)).length).toBeGreaterThan(0)
  expect(asked.filter(({ values }) => values.includes(id))).toEqual([])
}, 60_000)

test('streams outlast a restart of PostgreSQL: what was written meanwhile is read afterwards, in order', async () => {
  const way = await openWay(db.url)
  const severed = openDatabase({ url: way.url, applicationName: 'test', max: 4, onError: () => {} })
  const own = createEventHub({ url: way.url, pool: severed.pool, line: severed.pool, onError: () => {}, pollMs: 50 })
  try {
    const { id } = await addConnection(db)
    let confirmed = 0
    const confirm = async () => {
      await severed.pool.query('SELECT 1')
      confirmed += 1
    }
    const stream = await createEventStreams({ pool: severed.pool, hub: own }).ofConnection(id, 0n, {
      credential: 'asked',
      confirm,
    })
    expect(await taken(stream, 1)).toEqual([1n])
    const next = taken(stream, 3)
    await way.close()
    await addEvents(db, id, skipped(2))
    const before = confirmed
    await way.reopen()
    await addEvents(db, id, skipped(1))
    expect(await next).toEqual([2n, 3n, 4n])
    expect(confirmed).toBeGreaterThan(before)
    await stream.return?.()
  } finally {
    await own.close()
    await severed.close()
    await way.close()
  }
})
