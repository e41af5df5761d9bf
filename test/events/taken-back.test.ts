import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createChangeStreams } from '../../src/events/change-stream.ts'
import { EventsInterrupted, HistoryTakenBack } from '../../src/events/errors.ts'
import { createEventHub, type EventHub } from '../../src/events/hub.ts'
import { createEventStreams, type EventStreams } from '../../src/events/streams.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { addConnection, addEvents, addRecords, addRun, environmentOf } from '../graphql/rows.ts'

let db: Database
let hub: EventHub
let streams: EventStreams
const open: AsyncIterator<unknown>[] = []

const trusting = { credential: 'trusted', confirm: async () => {} }
const skipped = (n: number) => Array.from({ length: n }, () => ({ type: 'SYNC_SKIPPED' as const }))

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 8, onError: () => {} })
  hub = createEventHub({ url: db.url, pool: db.pool, line: db.pool, onError: () => {}, pollMs: 20 })
  streams = createEventStreams({ pool: db.pool, hub })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.return?.()))
})
afterAll(async () => {
  await hub.close()
  await db.close()
})

/** As after a standby has taken over that had heard of the first `sequence` events only. */
async function setBack(connectionId: string, sequence: number) {
  await db.pool.query('UPDATE connection_gate SET event_seq = $2 WHERE connection_id = $1', [connectionId, sequence])
  await db.pool.query('DELETE FROM event WHERE connection_id = $1 AND sequence > $2', [connectionId, sequence])
}

async function taken<T>(stream: AsyncIterator<T, undefined>, n: number): Promise<(T | undefined)[]> {
  const items = []
  while (items.length < n) items.push((await stream.next()).value)
  return items
}

function kept<T extends AsyncIterator<unknown>>(stream: T): T {
  open.push(stream)
  return stream
}

test('when PostgreSQL has been set back who has heard of what it lost is told so, and nobody else hears of it', async () => {
  const { id, key } = await addConnection(db)
  const run = await addRun(db, id)
  const other = await addConnection(db)
  const { id: environmentId } = await environmentOf(db, 'production')
  const ofConnection = kept(await streams.ofConnection(id, 0n, trusting))
  const ofRun = kept(await streams.ofRun({ id: run, connectionId: id }, 0n, trusting))
  const ofEnvironment = kept(await streams.ofEnvironment(environmentId, trusting))
  const changes = kept(
    await createChangeStreams({ pool: db.pool, hub }).of({ id, key }, 'PART', { after: null, limit: 9 }, trusting),
  )
  const ofOther = kept(await streams.ofConnection(other.id, 0n, trusting))
  const first = ofEnvironment.next()
  const waiting = changes.next()
  await addEvents(db, id, skipped(3))
  await first
  expect((await taken(ofConnection, 5)).at(-1)).toMatchObject({ sequence: 5n })
  await taken(ofRun, 1)
  await taken(ofEnvironment, 2)
  await taken(ofOther, 1)
  const ends = [
    expect(ofConnection.next()).rejects.toThrow(HistoryTakenBack),
    expect(ofRun.next()).rejects.toThrow(HistoryTakenBack),
    expect(waiting).rejects.toThrow(HistoryTakenBack),
    // it has no cursor that would be wrong: it comes again
    expect(ofEnvironment.next()).rejects.toThrow(EventsInterrupted),
  ]
  const next = ofOther.next()
  await setBack(id, 3)
  await Promise.all(ends)
  const again = kept(await streams.ofConnection(id, 2n, trusting))
  expect(await taken(again, 1)).toMatchObject([{ sequence: 3n }])
  await addEvents(db, id, [{ type: 'CONNECTION_PAUSED' }])
  expect(await taken(again, 1)).toMatchObject([{ sequence: 4n, type: 'CONNECTION_PAUSED' }])
  await addEvents(db, other.id, skipped(1))
  expect((await next).value).toMatchObject({ sequence: 2n })
})

test('who is handed its events directly is told as well', async () => {
  const { id } = await addConnection(db)
  const given: bigint[] = []
  const outlet = {
    send({ sequence }: { sequence: bigint }, sent: () => void) {
      given.push(sequence)
      setImmediate(sent)
      return true
    },
  }
  const stream = kept(await streams.ofConnection(id, 0n, trusting, outlet))
  await taken(stream, 1)
  const end = expect(stream.next()).rejects.toThrow(HistoryTakenBack)
  await addEvents(db, id, skipped(2))
  await expect.poll(() => given, { timeout: 30_000 }).toEqual([2n, 3n])
  await setBack(id, 2)
  await end
})

test('who follows the changes is told when their numbers were set back, whatever its events say', async () => {
  const { id, key } = await addConnection(db)
  await addRecords(db, key, 'PART', [{ externalId: 'a' }, { externalId: 'b' }])
  const changes = kept(
    await createChangeStreams({ pool: db.pool, hub }).of({ id, key }, 'PART', { after: null, limit: 9 }, trusting),
  )
  await taken(changes, 1)
  const end = expect(changes.next()).rejects.toThrow(HistoryTakenBack)
  await db.pool.query('UPDATE entity_state SET change_seq = 1 WHERE connection_id = $1', [id])
  await addEvents(db, id, skipped(1))
  await end
})
