import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { defaultWebSocketLimits } from '../../src/http/sockets/limits.ts'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { createLogger } from '../../src/log.ts'
import { eventually } from '../eventually.ts'
import { connectionQuery, openSocket } from '../events/subscriber.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addEvents } from './rows.ts'

let api: TestApi
const logged: string[] = []
const open: (() => unknown)[] = []
const connectionInitMs = 3_000

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    webSocketLimits: {
      ...defaultWebSocketLimits,
      connectionInitMs,
      silentPerNetwork: 3,
      socketsPerCredential: 2,
      closeMs: 60_000,
    },
    streamLimits: { ...defaultStreamLimits, stalledMs: 400 },
  })
})
afterEach(async () => {
  for (const stop of open.splice(0).reverse()) await stop()
})
afterAll(() => api.stop())

/** Opened, and nothing said. */
async function silent() {
  const socket = new WebSocket(api.webSocketUrl, 'graphql-transport-ws')
  open.push(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

const say = (socket: WebSocket, message: object) => socket.send(JSON.stringify(message))
const present = (socket: WebSocket, token: string) =>
  say(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
const codeOf = async (socket: WebSocket) => ((await once(socket, 'close')) as [number])[0]
const answerOf = async (socket: WebSocket) => JSON.parse(String((await once(socket, 'message'))[0]))
const slowReaders = () => logged.filter((line) => line.includes('did not drain')).length

function client(token: string, at = api) {
  const opened = openSocket(at.webSocketUrl, { token })
  open.push(opened.dispose)
  return opened
}

test('who has not been let in is told nothing of what it sends', async () => {
  const socket = await silent()
  say(socket, { type: 'ping' })
  expect(await answerOf(socket)).toEqual({ type: 'pong' })
  say(socket, { type: 'ping', payload: { text: 'x' } })
  expect(await codeOf(socket)).toBe(4401)
})

test('who takes nothing is read from no more, so that its messages do not fill our memory with answers', async () => {
  const pause = vi.spyOn(WebSocket.prototype, 'pause')
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const socket = await silent()
  present(socket, token)
  await answerOf(socket)
  const before = slowReaders()
  socket.pause()
  for (let i = 0; i < 300; i++) say(socket, { type: 'ping', payload: { text: 'x'.repeat(200_000) } })
  await eventually('the server to pause its side', () => pause.mock.contexts.some((paused) => paused !== socket))
  await eventually('the server to give up', () => slowReaders() > before)
  pause.mockRestore()
})

test('of the sockets of a network that say nothing the one that has done so longest gives way, and who speaks is let in', async () => {
  const first = await silent()
  const second = await silent()
  const gone = codeOf(first)
  const others = [await silent(), await silent()]
  expect(await gone).toBe(1006)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  await client(token).acknowledged
  expect([second, ...others].filter(({ readyState }) => readyState === WebSocket.OPEN).length).toBeGreaterThanOrEqual(2)
})

test('what a client said in time is heard, though this process was too busy to listen', async () => {
  const socket = await silent()
  present(socket, ownerKey)
  const busyUntil = performance.now() + 1.2 * connectionInitMs
  while (performance.now() < busyUntil);
  expect(await answerOf(socket)).toEqual({ type: 'connection_ack' })
})

test('a socket that we close gives its place back at once, whether its client answers or not', async () => {
  const { id } = await addConnection(api.db)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const [stalled, other] = [client(token), client(token)]
  const variables = { id: connectionNode(id), after: '0' }
  await Promise.all([stalled, other].map((one) => one.subscribe(connectionQuery, variables).received.count(1)))
  const before = slowReaders()
  stalled.socket?.pause()
  const event = { type: 'SYNC_SKIPPED', message: 'x'.repeat(8_000) } as const
  for (let i = 0; i < 8; i++)
    await addEvents(
      api.db,
      id,
      Array.from({ length: 400 }, () => event),
    )
  await eventually('the server to give up', () => slowReaders() > before)
  await client(token).acknowledged
  stalled.socket?.terminate()
})

test('a socket that carries nothing for long is closed; one that carries a subscription is not', async () => {
  const hasty = await startTestApi({ webSocketLimits: { ...defaultWebSocketLimits, idleMs: 3_000 } })
  open.push(hasty.stop)
  const { id } = await addConnection(hasty.db)
  const { token } = await addApiKey(hasty.db, { scopes: ['SYNCS_READ'] })
  const busy = client(token, hasty)
  const { received } = busy.subscribe(connectionQuery, { id: connectionNode(id), after: '0' })
  await received.count(1)
  const idle = client(token, hasty)
  expect((await idle.close).code).toBe(1000)
  await addEvents(hasty.db, id, [{ type: 'SYNC_SKIPPED' }])
  await received.count(2)
})
