import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { eventually } from '../eventually.ts'
import { addConnection, addEvents } from '../graphql/rows.ts'
import { openRawClient } from './raw-client.ts'
import { connectionQuery } from './subscriber.ts'

let api: TestApi
const open: WebSocket[] = []

beforeAll(async () => {
  api = await startTestApi()
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate()
})
afterAll(() => api.stop())

async function opened() {
  const { socket, messages, subscribe, complete } = await openRawClient(api.webSocketUrl)
  open.push(socket)
  return {
    socket,
    messages,
    subscribe: (id: string, connectionId: string, after: string) =>
      subscribe(id, connectionQuery, { id: connectionNode(connectionId), after }),
    complete,
    /** All that is said meanwhile goes out in one write. */
    cork(say: () => void) {
      const wire = (socket as unknown as { _socket: Socket })._socket // ws has no name for it
      wire.cork()
      say()
      wire.uncork()
    },
    sequences: () =>
      messages.flatMap(({ payload }) => (payload?.data ? [Number(payload.data.connectionEvents.sequence)] : [])),
  }
}

const skipped = { type: 'SYNC_SKIPPED' } as const

test('an id that is used again while its first operation is still being opened stands for the later one alone', async () => {
  const [first, second] = [await addConnection(api.db), await addConnection(api.db)]
  await addEvents(api.db, second.id, [skipped, skipped])
  const { subscribe, complete, sequences } = await opened()
  for (let i = 0; i < 20; i++) {
    subscribe('1', first.id, '0')
    complete('1')
  }
  subscribe('1', second.id, '2')
  await eventually('its event', () => sequences().includes(3))
  await addEvents(api.db, first.id, [skipped])
  await addEvents(api.db, second.id, [skipped])
  await eventually('the next event', () => sequences().includes(4))
  await addEvents(api.db, second.id, [skipped])
  await eventually('the last event', () => sequences().includes(5))
  expect(sequences()).toEqual([3, 4, 5])
})

test('an id that is used again when its operation was completed is not completed with it', async () => {
  const { id } = await addConnection(api.db)
  const { messages, subscribe, complete, sequences } = await opened()
  subscribe('1', id, '0')
  await eventually('the first event', () => sequences().includes(1))
  let stored = 1
  for (let i = 0; i < 20; i++) {
    complete('1')
    subscribe('1', id, String(stored))
    await addEvents(api.db, id, [skipped])
    stored += 1
    await eventually(`event ${stored}`, () => sequences().includes(stored))
  }
  expect(sequences()).toEqual(Array.from({ length: 21 }, (_, i) => i + 1))
  expect(messages.filter(({ type }) => type === 'complete')).toEqual([])
})

test('an id that is in use closes the socket with 4409, also while its operation waits for the one before', async () => {
  const { id } = await addConnection(api.db)
  for (const used of [1, 2]) {
    const { socket, subscribe, complete } = await opened()
    for (let i = 0; i < used; i++) {
      subscribe('1', id, '0')
      if (i + 1 < used) complete('1')
    }
    subscribe('1', id, '0')
    const [code] = await once(socket, 'close')
    expect(code).toBe(4409)
  }
})

test('an id may have 128 bytes, and is refused like any other when it is in use; a longer one closes the socket with 4400', async () => {
  const { id } = await addConnection(api.db)
  const longest = 'ä'.repeat(64)
  const { socket, subscribe, sequences } = await opened()
  subscribe(longest, id, '0')
  await eventually('its event', () => sequences().includes(1))
  subscribe(longest, id, '0')
  expect((await once(socket, 'close'))[0]).toBe(4409)
  const another = await opened()
  another.subscribe(`${longest}x`, id, '0')
  expect((await once(another.socket, 'close'))[0]).toBe(4400)
  expect(another.sequences()).toEqual([])
})

test('of an operation that was left it is not told that it stands: its id may be that of the next', async () => {
  const { id } = await addConnection(api.db)
  const { messages, subscribe, complete, cork, sequences } = await opened()
  // left before it stands: all three come in one go
  cork(() => {
    subscribe('1', id, '0')
    complete('1')
    subscribe('1', id, '0')
  })
  await eventually('its event', () => sequences().includes(1))
  expect(messages.filter(({ payload }) => payload?.subscribed === '1')).toHaveLength(1)
})
