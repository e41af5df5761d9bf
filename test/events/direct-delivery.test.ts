import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { DirectDelivery, type Outlet } from '../../src/events/direct-delivery.ts'
import { createEventHub, type EventHub } from '../../src/events/hub.ts'
import { createEventStreams, type EventStream, type EventStreams } from '../../src/events/streams.ts'
import { Signals } from '../../src/events/wakeup.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { addConnection, addEvents, addRun, endRun } from '../graphql/rows.ts'
import { listeners } from './listeners.ts'

let db: Database
let hub: EventHub
let streams: EventStreams
const open: EventStream[] = []

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 8, onError: () => {} })
  // what the poll would find must be found without it
  hub = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {}, pollMs: 3_600_000 })
  streams = createEventStreams({ pool: db.pool, hub })
  await eventually('the hub to listen', async () => (await listeners(db.pool)).length > 0)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.return?.()))
})
afterAll(async () => {
  await hub.close()
  await db.close()
})

const trusting = { credential: 'trusted', confirm: async () => {} }
const skipped = (n: number) => Array.from({ length: n }, () => ({ type: 'SYNC_SKIPPED' as const }))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => BigInt(from + i))

/** An outlet that keeps what it is given, and drains when it is told to. */
function heldOutlet() {
  const given: bigint[] = []
  const waiting: (() => void)[] = []
  const outlet: Outlet = {
    send({ sequence }, sent) {
      given.push(sequence)
      waiting.push(sent)
      return true
    },
  }
  return {
    outlet,
    given,
    drain: () => waiting.splice(0).forEach((sent) => sent()),
    underWay: () => waiting.length,
    reached: (n: bigint) => eventually(`event ${n} in the outlet`, async () => given.at(-1) === n),
  }
}

/** Takes everything that comes through the stream. */
function pulled(stream: EventStream) {
  const taken: bigint[] = []
  const ended = (async () => {
    for await (const { sequence } of stream) taken.push(sequence)
  })()
  ended.catch(() => {}) // a test that expects its failure looks at it
  open.push(stream)
  return { taken, ended, reached: (n: bigint) => eventually(`event ${n}`, async () => taken.at(-1) === n) }
}

test('what is stored comes through the stream, what is new through the outlet, one at a time', async () => {
  const { id } = await addConnection(db)
  const { outlet, given, drain, underWay, reached } = heldOutlet()
  const stream = pulled(await streams.ofConnection(id, 0n, trusting, outlet))
  await stream.reached(1n)
  await addEvents(db, id, skipped(3))
  await reached(2n)
  await addEvents(db, id, skipped(1))
  for (const n of [3n, 4n, 5n]) {
    expect(underWay()).toBe(1)
    drain()
    await reached(n)
  }
  expect([stream.taken, given]).toEqual([[1n], range(2, 5)])
})

test('what an outlet cannot send comes through the stream, and what follows through the outlet again', async () => {
  const { id } = await addConnection(db)
  const seen: string[] = []
  const outlet: Outlet = {
    send({ sequence }, sent) {
      if (sequence === 3n) return false
      seen.push(`outlet ${sequence}`)
      setImmediate(sent)
      return true
    },
  }
  const stream = await streams.ofConnection(id, 0n, trusting, outlet)
  open.push(stream)
  void (async () => {
    for await (const { sequence } of stream) seen.push(`stream ${sequence}`)
  })()
  const last = (text: string) => eventually(text, async () => seen.at(-1) === text)
  await last('stream 1')
  await addEvents(db, id, skipped(1))
  await last('outlet 2')
  await addEvents(db, id, skipped(1))
  await last('stream 3')
  await addEvents(db, id, skipped(1))
  await last('outlet 4')
  expect(seen).toEqual(['stream 1', 'outlet 2', 'stream 3', 'outlet 4'])
})

test('nothing goes to an outlet on a confirmation that was asked for before it was read', async () => {
  const { id } = await addConnection(db)
  const { outlet, given, drain, reached } = heldOutlet()
  const asked: (() => void)[] = []
  let held = false
  const confirm = () => (held ? new Promise<void>((resolve) => asked.push(resolve)) : Promise.resolve())
  const stream = pulled(await streams.ofConnection(id, 0n, { credential: 'slow', confirm }, outlet))
  await stream.reached(1n)
  await addEvents(db, id, skipped(1))
  await reached(2n)
  drain()
  held = true
  await addEvents(db, id, skipped(1))
  const first = await eventually('the first question', () => asked[0])
  await addEvents(db, id, skipped(1))
  const second = await eventually('the second question', () => asked[1])
  await eventually('what it is about', async () => (await hub.tail(id)).head === 4n)
  first()
  await reached(3n)
  drain()
  expect(given).toEqual([2n, 3n])
  second()
  await reached(4n)
})

test('whether a credential is good is asked behind the read, without waiting for what was read', async () => {
  const { id } = await addConnection(db)
  let held = false
  let letGo: (() => void) | undefined
  const line = {
    async query(...given: Parameters<typeof db.pool.query>) {
      if (held) await new Promise<void>((resolve) => (letGo = resolve))
      return db.pool.query(...given)
    },
  } as unknown as typeof db.pool // a proxy of its overloads, of which the tails use one
  const own = createEventHub({ url: db.url, pool: db.pool, line, onError: () => {}, pollMs: 3_600_000 })
  let confirmed = 0
  const confirm = async () => void (confirmed += 1)
  const { outlet, given, drain, reached } = heldOutlet()
  const ofOwn = createEventStreams({ pool: db.pool, hub: own })
  const stream = pulled(await ofOwn.ofConnection(id, 0n, { credential: 'asked', confirm }, outlet))
  await stream.reached(1n)
  await addEvents(db, id, skipped(1))
  await reached(2n) // it sleeps now, and what comes is read for the outlet
  drain()
  held = true
  const before = confirmed
  await addEvents(db, id, skipped(1))
  await eventually('the read', () => letGo)
  await eventually('the question', () => confirmed > before)
  expect(given).toEqual([2n])
  held = false
  letGo?.()
  await reached(3n)
  await own.close()
})

test('nothing goes to an outlet whose credential is refused after the read; the stream ends with the refusal', async () => {
  const { id } = await addConnection(db)
  const { outlet, given } = heldOutlet()
  let good = true
  const confirm = () => (good ? Promise.resolve() : Promise.reject(new Error('revoked')))
  const stream = pulled(await streams.ofConnection(id, 0n, { credential: 'revoked', confirm }, outlet))
  await stream.reached(1n)
  good = false
  await addEvents(db, id, skipped(1))
  await expect(stream.ended).rejects.toThrow('revoked')
  expect([stream.taken, given]).toEqual([[1n], []])
})

test('what could not be confirmed for a moment comes through the stream', async () => {
  const { id } = await addConnection(db)
  const { outlet, given, drain, reached } = heldOutlet()
  let failing = false
  async function confirm() {
    if (!failing) return
    failing = false
    throw new Error('no answer')
  }
  const stream = pulled(await streams.ofConnection(id, 0n, { credential: 'unlucky', confirm }, outlet))
  await stream.reached(1n)
  await addEvents(db, id, skipped(1))
  await reached(2n)
  drain()
  failing = true
  await addEvents(db, id, skipped(1))
  await stream.reached(3n)
  await addEvents(db, id, skipped(1))
  await reached(4n)
  expect([stream.taken, given]).toEqual([
    [1n, 3n],
    [2n, 4n],
  ])
})

test('a run takes its own events, and ends with the last of them', async () => {
  const { id } = await addConnection(db)
  const run = await addRun(db, id)
  const { outlet, given, drain, reached } = heldOutlet()
  const stream = pulled(await streams.ofRun({ id: run, connectionId: id }, 0n, trusting, outlet))
  await stream.reached(2n)
  await addEvents(db, id, skipped(2))
  await addEvents(db, id, [{ type: 'RUN_STARTED', syncRunId: run }])
  await reached(5n)
  await addEvents(db, id, [{ type: 'ENTITY_PROGRESS', syncRunId: run }])
  await endRun(db, id, run)
  drain()
  await reached(6n)
  drain()
  await stream.ended
  expect([stream.taken, given]).toEqual([[2n, 7n], range(5, 6)])
})

test('one that does not drain falls behind what is kept, and misses nothing when it goes on', async () => {
  const { id } = await addConnection(db)
  const { outlet, given, drain, reached } = heldOutlet()
  const stream = pulled(await streams.ofConnection(id, 0n, trusting, outlet))
  await stream.reached(1n)
  await addEvents(db, id, skipped(1))
  await reached(2n)
  for (let i = 0; i < 4; i++) await addEvents(db, id, skipped(300))
  await eventually('all of it to be read', async () => (await hub.tail(id)).head === 1_202n)
  expect(given).toEqual([2n])
  drain()
  await stream.reached(1_202n)
  expect(stream.taken).toEqual([1n, ...range(3, 1_202)])
})

test('a reader that is woken again while something is under way to it goes on when that has left, and not before', async () => {
  const { id } = await addConnection(db)
  const { outlet, drain, underWay } = heldOutlet()
  const signals = new Signals(trusting, () => {})
  const direct = new DirectDelivery({ cursor: 0n, accepts: () => true }, outlet)
  const tail = await hub.tail(id)
  const waits: string[] = []
  const wait = (what: string) => signals.wait(direct).then(() => waits.push(what))
  const turns = () => new Promise((resolve) => setImmediate(resolve))
  signals.arm()
  const first = wait('first')
  signals.direct?.deliver({ tail, head: tail.head, confirmedAt: performance.now() })
  expect(underWay()).toBe(1)
  signals.signal(id)
  signals.tick()
  signals.signal(null)
  await turns()
  expect(waits).toEqual([])
  drain()
  await first
  // nothing of it is left that would end another wait
  signals.arm()
  const second = wait('second')
  drain()
  await turns()
  expect(waits).toEqual(['first'])
  signals.close()
  await second
})

test('a reader that is left while something is under way to it answers at once', async () => {
  const { id } = await addConnection(db)
  const { outlet, reached, drain, given } = heldOutlet()
  const stream = await streams.ofConnection(id, 0n, trusting, outlet)
  await stream.next()
  const waiting = stream.next()
  await addEvents(db, id, skipped(1))
  await reached(2n)
  await stream.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  await addEvents(db, id, skipped(1))
  drain()
  await eventually('the event to be read by another', async () => (await hub.tail(id)).head === 3n)
  expect(given).toEqual([2n])
})

test('whatever drains, refuses and is asked again when: all readers get every event once and in order', async () => {
  const { id } = await addConnection(db)
  const seed = Number(process.env['DIRECT_SEED'] ?? Date.now() % 100_000)
  const random = seeded(seed)
  const readers = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => {
      const got: bigint[] = []
      const outlet: Outlet = {
        send({ sequence }, sent) {
          if (random() < 0.1) return false
          got.push(sequence)
          if (random() < 0.5) setImmediate(sent)
          else setTimeout(sent, random() * 20)
          return true
        },
      }
      const confirm = () => new Promise<void>((resolve) => setTimeout(resolve, random() * 10))
      const stream = await streams.ofConnection(id, 0n, { credential: `key ${i % 7}`, confirm }, outlet)
      open.push(stream)
      void (async () => {
        for await (const { sequence } of stream) got.push(sequence)
      })()
      return got
    }),
  )
  let stored = 1
  while (stored < 400) {
    const n = 1 + Math.floor(random() * 8)
    await addEvents(db, id, skipped(n))
    stored += n
  }
  const all = range(1, stored)
  await eventually(`all ${stored} events everywhere (DIRECT_SEED=${seed})`, async () =>
    readers.every((got) => got.length >= all.length),
  )
  for (const got of readers) expect(got, `DIRECT_SEED=${seed}`).toEqual(all)
}, 60_000)

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
