import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { defaultWebSocketLimits } from '../../src/http/sockets/limits.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addEvents } from '../graphql/rows.ts'
import { connectionQuery, openSocket, openStream } from './subscriber.ts'

let api: TestApi
const open: (() => unknown)[] = []
const pingMs = 2_000

beforeAll(async () => {
  api = await startTestApi({
    webSocketLimits: { ...defaultWebSocketLimits, pingMs },
    streamLimits: { ...defaultStreamLimits, streamsPerCredential: 1 },
  })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stop) => stop()))
})
afterAll(() => api.stop())

test('a socket that answers no ping is ended, and its subscriptions with it', async () => {
  const { id } = await addConnection(api.db)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const silent = new WebSocket(api.webSocketUrl, 'graphql-transport-ws', { autoPong: false })
  await once(silent, 'open')
  silent.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(silent, 'message')
  const variables = { id: connectionNode(id), after: '0' }
  silent.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: connectionQuery, variables } }))
  await once(silent, 'message')
  const [code] = await once(silent, 'close')
  expect(code).toBe(1006)
  await eventually('its only slot to be free', async () => {
    const stream = await openStream(api.url, connectionQuery, variables, { token })
    open.push(stream.stop)
    return stream.response.status === 200
  })
})

test('one that answers stays, however long nothing happens, and so does a stream over SSE', async () => {
  const { id } = await addConnection(api.db)
  const keys = [
    await addApiKey(api.db, { scopes: ['SYNCS_READ'] }),
    await addApiKey(api.db, { scopes: ['SYNCS_READ'] }),
  ]
  const variables = { id: connectionNode(id), after: '0' }
  const client = openSocket(api.webSocketUrl, { token: keys[0]?.token ?? '' })
  open.push(client.dispose)
  const { received } = client.subscribe(connectionQuery, variables)
  const stream = await openStream(api.url, connectionQuery, variables, { token: keys[1]?.token ?? '' })
  open.push(stream.stop)
  await Promise.all([received.count(1), stream.received.count(1)])
  let pings = 0
  client.socket?.on('ping', () => (pings += 1))
  await eventually('some pings', () => pings >= 2)
  await addEvents(api.db, id, [{ type: 'SYNC_SKIPPED' }])
  await Promise.all([received.count(2), stream.received.count(2)])
  expect([received.sequences, stream.received.sequences]).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('what limits a query over HTTP limits it over a socket', async () => {
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const client = openSocket(api.webSocketUrl, { token })
  open.push(client.dispose)
  const aliases = Array.from({ length: 101 }, (_, i) => `a${i}: sequence`).join(' ')
  const { id } = await addConnection(api.db)
  const query = `subscription ($id: ID!) { connectionEvents(connectionId: $id) { ${aliases} } }`
  const { received } = client.subscribe(query, { id: connectionNode(id) })
  await received.ended
  expect(received.errors.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COMPLEX'])
})
