import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NewEvent } from '../../src/store/event-append.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addEvents, addRun, endRun } from '../graphql/rows.ts'
import { connectionQuery, environmentQuery, openSocket, openStream, runQuery } from './subscriber.ts'

let api: TestApi
const open: { dispose(): unknown }[] = []

beforeAll(async () => {
  api = await startTestApi()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.dispose()))
})
afterAll(() => api.stop())

function socket(...options: Parameters<typeof openSocket> extends [string, ...infer Rest] ? Rest : never) {
  const opened = openSocket(api.webSocketUrl, ...options)
  open.push(opened)
  return opened
}

const progress = (syncRunId: string, entity: 'PART' | 'VENDOR', message?: string): NewEvent => ({
  type: 'ENTITY_PROGRESS',
  syncRunId,
  entity,
  status: 'RUNNING',
  ...(message ? { message } : {}),
})
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('a subscription is said to stand by a ping with its id: everything of after that comes', async () => {
  const { id } = await addConnection(api.db)
  const client = socket()
  await client.acknowledged
  const told = new Promise((resolve) => {
    client.socket?.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; payload?: unknown } // as the protocol has it
      if (message.type === 'ping') resolve(message.payload)
    })
  })
  const { received } = client.subscribe(environmentQuery)
  expect(await told).toEqual({ subscribed: expect.stringMatching(/./) })
  await addEvents(api.db, id, [{ type: 'CONNECTION_PAUSED' }])
  await received.count(1)
  expect(received.events[0]?.type).toBe('CONNECTION_PAUSED')
})

describe('syncProgress', () => {
  test('without after it tells the newest event of the run and of each entity, ascending, then all above, and completes with the run', async () => {
    const { id } = await addConnection(api.db) // event 1
    const run = await addRun(api.db, id, ['PART', 'VENDOR']) // event 2
    await addEvents(api.db, id, [
      { type: 'RUN_STARTED', syncRunId: run, status: 'RUNNING' }, // 3
      progress(run, 'PART'), // 4
      progress(run, 'VENDOR'), // 5
      progress(run, 'VENDOR'), // 6
      progress(run, 'PART'), // 7
    ])
    const { received } = socket().subscribe(runQuery, { id: runNode(run) })
    await received.count(3)
    expect(received.sequences).toEqual([3, 6, 7])
    await addEvents(api.db, id, [
      progress(run, 'PART'),
      { type: 'SYNC_SKIPPED', entity: 'PART' },
      progress(run, 'VENDOR'),
    ]) // 8, 9 (not of the run), 10
    await endRun(api.db, id, run) // 11
    await received.ended
    expect(received.sequences).toEqual([3, 6, 7, 8, 10, 11])
    expect(received.events.at(-1)?.type).toBe('RUN_FINISHED')
    expect(received.errors).toEqual([])
  })

  test('a run that has finished is replayed and completes at once, from any point', async () => {
    const { id } = await addConnection(api.db)
    const run = await addRun(api.db, id)
    await addEvents(api.db, id, [progress(run, 'PART')])
    await endRun(api.db, id, run)
    const client = socket()
    for (const [after, expected] of [
      [null, [3, 4]],
      ['0', [2, 3, 4]],
      ['3', [4]],
      ['4', []],
    ] as const) {
      const { received } = client.subscribe(runQuery, { id: runNode(run), after })
      await received.ended
      expect({ after, sequences: received.sequences }).toEqual({ after, sequences: [...expected] })
    }
  })

  test('over SSE it replays, goes on live, and completes', async () => {
    const { id } = await addConnection(api.db)
    const run = await addRun(api.db, id)
    const stream = await openStream(api.url, runQuery, { id: runNode(run), after: '0' })
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream')
    await stream.received.count(1)
    await addEvents(api.db, id, [progress(run, 'PART')])
    await stream.received.count(2)
    await endRun(api.db, id, run)
    await stream.received.ended
    expect(stream.received.sequences).toEqual([2, 3, 4])
    expect(stream.names).toEqual(['next', 'next', 'next', 'complete'])
  })

  test('a run of another environment, and one that is none, are refused alike', async () => {
    const { id } = await addConnection(api.db, { environment: 'testing' })
    const run = await addRun(api.db, id)
    const client = socket()
    const answers = [runNode(run), runNode(id), 'nonsense'].map(
      (asked) => client.subscribe(runQuery, { id: asked }).received,
    )
    await Promise.all(answers.map((received) => received.ended))
    const errors = answers.map(({ errors: [error] }) => ({ code: error?.extensions.code, message: error?.message }))
    expect(errors[0]?.code).toBe('BAD_USER_INPUT')
    expect(errors).toEqual([errors[0], errors[0], errors[0]])
  })
})

describe('connectionEvents', () => {
  test('replay and live join without gap or duplicate while several writers commit', async () => {
    const { id } = await addConnection(api.db)
    await addEvents(
      api.db,
      id,
      range(1, 1199).map(() => ({ type: 'SYNC_SKIPPED' })),
    ) // three batches of replay
    const readers = range(1, 3).map(
      () => socket().subscribe(connectionQuery, { id: connectionNode(id), after: '0' }).received,
    )
    await Promise.all(
      range(1, 6).map(async () => {
        for (const _ of range(1, 40)) await addEvents(api.db, id, [{ type: 'SYNC_SKIPPED' }, { type: 'SYNC_SKIPPED' }])
      }),
    )
    await Promise.all(readers.map((received) => received.count(1680)))
    for (const received of readers) expect(received.sequences).toEqual(range(1, 1680))
  })

  test('a replay of several batches needs no event to go on', async () => {
    const { id } = await addConnection(api.db)
    const skipped: NewEvent[] = range(1, 3499).map(() => ({ type: 'SYNC_SKIPPED' }))
    await addEvents(api.db, id, skipped)
    const { received } = socket().subscribe(connectionQuery, { id: connectionNode(id), after: '0' })
    await received.count(3500)
    expect(received.sequences).toEqual(range(1, 3500))
  })

  test('a reader whose socket was cut resumes from the last sequence it received', async () => {
    const { id } = await addConnection(api.db)
    const first = socket()
    const before = first.subscribe(connectionQuery, { id: connectionNode(id), after: '0' }).received
    await addEvents(
      api.db,
      id,
      range(2, 20).map(() => ({ type: 'SYNC_SKIPPED' })),
    )
    await before.count(20)
    first.socket?.terminate()
    await addEvents(
      api.db,
      id,
      range(21, 40).map(() => ({ type: 'SYNC_SKIPPED' })),
    )
    const after = socket().subscribe(connectionQuery, {
      id: connectionNode(id),
      after: String(before.sequences.at(-1)),
    }).received
    await addEvents(api.db, id, [{ type: 'SYNC_SKIPPED' }])
    await after.count(21)
    expect([...before.sequences, ...after.sequences]).toEqual(range(1, 41))
  })

  test('without after it is live only', async () => {
    const { id } = await addConnection(api.db)
    const stream = await openStream(api.url, connectionQuery, { id: connectionNode(id) })
    await addEvents(api.db, id, [{ type: 'SYNC_SKIPPED' }])
    await stream.received.count(1)
    expect(stream.received.sequences).toEqual([2])
    stream.stop()
  })

  test('after below what is kept is EVENTS_EXPIRED; a run that is kept whole can still be replayed from 0', async () => {
    const { id } = await addConnection(api.db)
    await addEvents(
      api.db,
      id,
      range(2, 9).map(() => ({ type: 'SYNC_SKIPPED' })),
    )
    const run = await addRun(api.db, id) // event 10
    await api.db.pool.query('DELETE FROM event WHERE connection_id = $1 AND sequence < 6', [id])
    const client = socket()
    const expired = client.subscribe(connectionQuery, { id: connectionNode(id), after: '4' }).received
    await expired.ended
    expect(expired.errors[0]?.extensions).toMatchObject({ code: 'EVENTS_EXPIRED', firstSequence: '6' })
    const kept = client.subscribe(connectionQuery, { id: connectionNode(id), after: '5' }).received
    const whole = client.subscribe(runQuery, { id: runNode(run), after: '0' }).received
    await Promise.all([kept.count(5), whole.count(1)])
    expect([kept.sequences, whole.sequences]).toEqual([range(6, 10), [10]])
  })
})

test('a sequence that the connection does not have is refused: whoever waited behind it would wait for ever', async () => {
  const { id } = await addConnection(api.db)
  const run = await addRun(api.db, id) // event 2
  const client = socket()
  for (const [query, node] of [
    [connectionQuery, connectionNode(id)],
    [runQuery, runNode(run)],
  ] as const) {
    for (const after of ['3', '-1']) {
      const { received } = client.subscribe(query, { id: node, after })
      await received.ended
      expect(received.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
    const live = client.subscribe(query, { id: node, after: '1' }).received
    await live.count(1)
    expect(live.sequences).toEqual([2])
  }
})

describe('environmentEvents', () => {
  test('it tells what happens to every connection of the environment, new ones included, and to no other', async () => {
    const known = await addConnection(api.db, { environment: 'development' })
    const foreign = await addConnection(api.db, { environment: 'production' })
    const { token } = await addApiKey(api.db, { environment: 'development', scopes: ['SYNCS_READ'] })
    const stream = await openStream(api.url, environmentQuery, {}, { token })
    await addEvents(api.db, foreign.id, [{ type: 'SYNC_SKIPPED', message: 'foreign' }])
    await addEvents(api.db, known.id, [{ type: 'SYNC_SKIPPED', message: 'known' }])
    await stream.received.count(1)
    const made = await addConnection(api.db, { environment: 'development' })
    await addEvents(api.db, made.id, [{ type: 'SYNC_SKIPPED', message: 'new' }])
    await stream.received.count(3)
    expect(stream.received.events.map(({ type, message }) => message ?? type)).toEqual([
      'known',
      'CONNECTION_CREATED',
      'new',
    ])
    stream.stop()
  })

  test('a connection token hears of its own connection only', async () => {
    const mine = await addConnection(api.db)
    const other = await addConnection(api.db)
    const stream = await openStream(api.url, environmentQuery, {}, { token: mine.token })
    await addEvents(api.db, other.id, [{ type: 'SYNC_SKIPPED', message: 'other' }])
    await addEvents(api.db, mine.id, [{ type: 'SYNC_SKIPPED', message: 'mine' }])
    await stream.received.count(1)
    expect(stream.received.events.map(({ message }) => message)).toEqual(['mine'])
    stream.stop()
  })
})
