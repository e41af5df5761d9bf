import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { createLogger } from '../../src/log.ts'
import { defaultWebSocketLimits } from '../../src/http/sockets/limits.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addEvents } from '../graphql/rows.ts'
import { eventually } from '../eventually.ts'
import { connectionQuery, openSocket, openStream } from './subscriber.ts'

let api: TestApi
const open: { dispose(): unknown }[] = []

const logged: string[] = []

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    webSocketLimits: {
      ...defaultWebSocketLimits,
      operationsPerSocket: 3,
      socketsPerCredential: 2,
    },
    // what ends is announced
    streamLimits: { ...defaultStreamLimits, stalledMs: 400, pollMs: 3_600_000 },
  })
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

const disconnect = (id: string) =>
  api.ask(`mutation ($input: DisconnectConnectionInput!) { disconnectConnection(input: $input) { __typename } }`, {
    variables: { input: { connectionId: connectionNode(id) } },
  })

describe('credentials', () => {
  test('streams of a disconnected connection end in every process as soon as it is announced, and deliver nothing written after it', async () => {
    const { id, token } = await addConnection(api.db)
    const another = await api.startAnother()
    const variables = { id: connectionNode(id), after: '0' }
    const webSocket = socket({ token })
    const overWebSocket = webSocket.subscribe(connectionQuery, variables).received
    const elsewhere = openSocket(another.replace('http', 'ws'), { token })
    open.push(elsewhere)
    const overAnother = elsewhere.subscribe(connectionQuery, variables).received
    const sse = await openStream(api.url, connectionQuery, variables, { token })
    await Promise.all([overWebSocket.count(1), overAnother.count(1), sse.received.count(1)])

    await disconnect(id)
    const [{ code }, { code: codeElsewhere }] = await Promise.all([
      webSocket.close,
      elsewhere.close,
      sse.received.ended,
    ])
    expect([code, codeElsewhere]).toEqual([4401, 4401])
    expect(sse.received.errors.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED'])
    expect(sse.names.slice(-2)).toEqual(['next', 'complete'])
    for (const received of [overWebSocket, overAnother, sse.received]) expect(received.sequences).toEqual([1])
  })

  test('a socket is refused with 4401 for a bad credential or environment, and closed with 4403 when its own expires', async () => {
    expect((await socket({ token: 'wrong' }).close).code).toBe(4401)
    expect((await socket({ environment: 'no-such' }).close).code).toBe(4401)
    const late = await addApiKey(api.db, { scopes: ['SYNCS_READ'], expiresAt: new Date(Date.now() - 1_000) })
    expect((await socket({ token: late.token }).close).code).toBe(4403)
    const soon = await addApiKey(api.db, { scopes: ['SYNCS_READ'], expiresAt: new Date(Date.now() + 400) })
    expect((await socket({ token: soon.token }).close).code).toBe(4403)
    const disconnected = await addConnection(api.db)
    await disconnect(disconnected.id)
    expect((await socket({ token: disconnected.token }).close).code).toBe(4401)
  })

  test('over SSE a bad credential is a 401 before the stream', async () => {
    const stream = await openStream(api.url, connectionQuery, { id: 'x' }, { token: 'wrong' })
    expect(stream.response.status).toBe(401)
  })
})

describe('bounds', () => {
  test('a reader that does not drain is closed with 1013', async () => {
    const { id } = await addConnection(api.db)
    const client = socket()
    const { received } = client.subscribe(connectionQuery, { id: connectionNode(id), after: '0' })
    await received.count(1)
    client.socket?.pause()
    const message = 'x'.repeat(8_000)
    for (let i = 0; i < 8; i++)
      await addEvents(
        api.db,
        id,
        Array.from({ length: 400 }, () => ({ type: 'SYNC_SKIPPED', message })),
      )
    // the server gives up once its side has stalled; what it had sent before still arrives
    await eventually('the server to give up', () => logged.some((line) => line.includes('did not drain')))
    client.socket?.resume()
    expect((await client.close).code).toBe(1013)
    expect(received.sequences).toEqual(received.sequences.map((_, i) => i + 1))
    expect(received.sequences.length).toBeLessThan(3_200)
  })

  test('a socket carries so many subscriptions and a credential so many sockets; more are refused', async () => {
    const { id, token } = await addConnection(api.db)
    const client = socket({ token })
    const held = [1, 2, 3].map(() => client.subscribe(connectionQuery, { id: connectionNode(id), after: '0' }).received)
    await Promise.all(held.map((received) => received.count(1)))
    const refused = client.subscribe(connectionQuery, { id: connectionNode(id) }).received
    await refused.ended
    expect(refused.errors[0]?.extensions.code).toBe('RATE_LIMITED')
    const second = socket({ token })
    await second.subscribe(connectionQuery, { id: connectionNode(id), after: '0' }).received.count(1)
    expect((await socket({ token }).close).code).toBe(4429)
  })

  test('a socket that never presents itself is closed, and so is one that sends too much', async () => {
    const hasty = await startTestApi({ webSocketLimits: { ...defaultWebSocketLimits, connectionInitMs: 300 } })
    open.push({ dispose: hasty.stop })
    const silent = new WebSocket(hasty.webSocketUrl, 'graphql-transport-ws')
    const code = await new Promise<number>((resolve) => silent.once('close', resolve))
    expect(code).toBe(4408)
    const loud = new WebSocket(api.webSocketUrl, 'graphql-transport-ws')
    await new Promise((resolve) => loud.once('open', resolve))
    loud.send('x'.repeat(defaultWebSocketLimits.messageBytes + 1))
    expect(await new Promise<number>((resolve) => loud.once('close', resolve))).toBe(1009)
  })
})
