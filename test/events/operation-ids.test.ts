import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectionNode, ownerKey, startTestApi, type TestApi } from '../graphql/api.ts'
import { eventually } from '../eventually.ts'
import { addConnection, addEvents } from '../graphql/rows.ts'
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

interface Message {
  type: string
  id?: string
  payload?: { data: { connectionEvents: { sequence: string } } }
}

/** Below any client library: these take a new id for each operation. */
async function acknowledged() {
  const socket = new WebSocket(api.webSocketUrl, 'graphql-transport-ws')
  open.push(socket)
  const messages: Message[] = []
  socket.on('message', (data) => messages.push(JSON.parse((data as Buffer).toString())))
  await once(socket, 'open')
  const say = (message: object) => socket.send(JSON.stringify(message))
  say({ type: 'connection_init', payload: { authorization: `Bearer ${ownerKey}` } })
  await eventually('the acknowledgement', () => messages.some(({ type }) => type === 'connection_ack'))
  return {
    socket,
    messages,
    subscribe: (id: string, connectionId: string, after: string) =>
      say({
        type: 'subscribe',
        id,
        payload: { query: connectionQuery, variables: { id: connectionNode(connectionId), after } },
      }),
    complete: (id: string) => say({ type: 'complete', id }),
    sequences: () =>
      messages.flatMap(({ payload }) => (payload?.data ? [Number(payload.data.connectionEvents.sequence)] : [])),
  }
}

const skipped = { type: 'SYNC_SKIPPED' } as const

test('an id that is used again while its first operation is still being opened stands for the later one alone', async () => {
  const [first, second] = [await addConnection(api.db), await addConnection(api.db)]
  await addEvents(api.db, second.id, [skipped, skipped])
  const { subscribe, complete, sequences } = await acknowledged()
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
  const { messages, subscribe, complete, sequences } = await acknowledged()
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
    const { socket, subscribe, complete } = await acknowledged()
    for (let i = 0; i < used; i++) {
      subscribe('1', id, '0')
      if (i + 1 < used) complete('1')
    }
    subscribe('1', id, '0')
    const [code] = await once(socket, 'close')
    expect(code).toBe(4409)
  }
})
