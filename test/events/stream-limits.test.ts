import { once } from 'node:events'
import { request } from 'node:http'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { createLogger } from '../../src/log.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addSilently, addApiKey, addConnection, addEvents, addRun, endRun } from '../graphql/rows.ts'
import { connectionQuery, environmentQuery, openSocket, openStream, runQuery } from './subscriber.ts'

let api: TestApi
const logged: string[] = []
const open: (() => unknown)[] = []
const perCredential = 30

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    streamLimits: { ...defaultStreamLimits, streamsPerCredential: perCredential, stalledMs: 400 },
  })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stop) => stop()))
})
afterAll(() => api.stop())

async function stream(...options: Parameters<typeof openStream> extends [string, ...infer Rest] ? Rest : never) {
  const opened = await openStream(api.url, ...options)
  open.push(opened.stop)
  return opened
}

function socket(token: string) {
  const opened = openSocket(api.webSocketUrl, { token })
  open.push(opened.dispose)
  return opened
}

test('a credential holds so many streams over both transports together; beyond it is RATE_LIMITED, and 429 before an SSE stream', async () => {
  const { id, token } = await addConnection(api.db)
  const variables = { id: connectionNode(id), after: '0' }
  const client = socket(token)
  const half = Array.from({ length: perCredential / 2 })
  const overWebSocket = half.map(() => client.subscribe(connectionQuery, variables))
  await Promise.all(overWebSocket.map(({ received }) => received.count(1)))
  const overSse = await Promise.all(half.map(() => stream(connectionQuery, variables, { token })))
  await Promise.all(overSse.map(({ received }) => received.count(1)))

  const beyond = await stream(connectionQuery, variables, { token })
  expect({ status: beyond.response.status, retryAfter: beyond.response.headers.get('retry-after') }).toEqual({
    status: 429,
    retryAfter: '5',
  })
  await beyond.received.ended
  expect(beyond.received.errors.map((error) => error.extensions.code)).toEqual(['RATE_LIMITED'])
  const refused = client.subscribe(connectionQuery, variables).received
  await refused.ended
  expect(refused.errors.map(({ extensions }) => extensions)).toEqual([{ code: 'RATE_LIMITED' }])

  const another = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  expect((await stream(connectionQuery, variables, { token: another.token })).response.status).toBe(200)

  // one that ends over either transport makes room for one over the other
  overWebSocket[0]?.stop()
  await eventually('room after an end over WebSocket', async () => {
    const next = await stream(connectionQuery, variables, { token })
    return next.response.status === 200
  })
  overSse[0]?.stop()
  await eventually('room after an end over SSE', async () => {
    const { received } = client.subscribe(connectionQuery, variables)
    await Promise.race([received.count(1), received.ended])
    return received.errors.length === 0
  })
})

test('a stream that is refused, ends by itself, or is left by a client that only opened it takes no room for long', async () => {
  const { id, token } = await addConnection(api.db)
  const client = socket(token)
  for (let i = 0; i < perCredential + 1; i++) {
    const { received } = client.subscribe(connectionQuery, { id: 'nonsense' })
    await received.ended
    expect(received.errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
  }
  const run = await addRun(api.db, id)
  await endRun(api.db, id, run)
  for (let i = 0; i < perCredential + 1; i++) {
    const { received } = client.subscribe(runQuery, { id: runNode(run) })
    await received.ended
    expect(received.errors).toEqual([])
  }
  for (let i = 0; i < perCredential; i++) {
    const opened = await stream(connectionQuery, { id: connectionNode(id) }, { token })
    expect(opened.response.status).toBe(200)
    opened.stop()
  }
  await eventually('room for all again', async () => {
    const all = await Promise.all(
      Array.from({ length: perCredential }, () => stream(connectionQuery, { id: connectionNode(id) }, { token })),
    )
    for (const { stop } of all) stop()
    return all.every(({ response }) => response.status === 200)
  })
})

test('idle streams cost a few statements a poll, however many there are, and still notice that their credential is gone', async () => {
  const connections = await Promise.all([1, 2, 3].map(() => addConnection(api.db)))
  const { id: keyId, token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const client = socket(token)
  const overSse: Awaited<ReturnType<typeof stream>>[] = []
  for (const { id } of connections) {
    const run = await addRun(api.db, id)
    const variables = { id: connectionNode(id), after: '0' }
    for (let i = 0; i < 3; i++) {
      await client.subscribe(connectionQuery, variables).received.count(1)
      const opened = await stream(connectionQuery, variables, { token })
      await opened.received.count(1)
      overSse.push(opened)
      await client.subscribe(runQuery, { id: runNode(run) }).received.count(1)
    }
  }
  for (let i = 0; i < 3; i++) overSse.push(await stream(environmentQuery, {}, { token }))

  const texts: string[] = []
  const original = pg.Client.prototype.query
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...given: unknown[]
  ) {
    const [config] = given as [string | { text: string }]
    texts.push(typeof config === 'string' ? config : config.text)
    return (original as (...all: unknown[]) => never).apply(this, given)
  })
  const polls = () => texts.filter((text) => text.includes('ANY($1::uuid[]) OR c.environment_id')).length
  try {
    // what the first poll finds is new to it
    await eventually('two polls', () => polls() >= 2)
    const settled = texts.length
    const before = polls()
    await eventually('three more polls', () => polls() >= before + 3)
    // a look at the key and the poll itself; what began before and ends after counts once more
    expect(texts.length - settled).toBeLessThanOrEqual(3 * 2 + 4)
    expect(texts.slice(settled).filter((text) => text.includes('FROM event'))).toEqual([])
  } finally {
    spy.mockRestore()
  }

  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [keyId])
  expect((await client.close).code).toBe(4401)
  await Promise.all(overSse.map(({ received }) => received.ended))
  for (const { received } of overSse) {
    expect(received.errors.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED'])
  }
})

test('an event that nobody announces is delivered by the next poll, one of a connection that is new too', async () => {
  const known = await addConnection(api.db, { environment: 'testing' })
  const { token } = await addApiKey(api.db, { environment: 'testing', scopes: ['SYNCS_READ'] })
  const ofConnection = await stream(connectionQuery, { id: connectionNode(known.id), after: '0' }, { token })
  const ofEnvironment = await stream(environmentQuery, {}, { token })
  const silently = (id: string) => addSilently(api.db, id, [{ type: 'SYNC_SKIPPED', message: 'silent' }])
  await ofConnection.received.count(1)
  for (let i = 1; i <= 3; i++) {
    await silently(known.id)
    await Promise.all([ofConnection.received.count(1 + i), ofEnvironment.received.count(i)])
  }
  expect(ofConnection.received.sequences).toEqual([1, 2, 3, 4])
  await silently((await addConnection(api.db, { environment: 'testing' })).id)
  await ofEnvironment.received.count(5)
  expect(ofEnvironment.received.events.map(({ type }) => type).slice(3)).toEqual(['CONNECTION_CREATED', 'SYNC_SKIPPED'])
})

test('an SSE reader that does not drain is closed, and its slot is free again', async () => {
  const { id } = await addConnection(api.db)
  const quiet = connectionNode((await addConnection(api.db)).id)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const variables = { id: connectionNode(id), after: '0' }
  const stalled = request(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
  })
  stalled.on('error', () => {}) // it is cut off, as the test wants
  stalled.end(JSON.stringify({ query: connectionQuery, variables }))
  const [response] = await once(stalled, 'response') // never read
  response.on('error', () => {})
  const others = Array.from({ length: perCredential - 1 }, () => stream(connectionQuery, { id: quiet }, { token }))
  await Promise.all(others)
  expect((await stream(connectionQuery, variables, { token })).response.status).toBe(429)

  const message = 'x'.repeat(8_000)
  for (let i = 0; i < 8; i++) {
    const events = Array.from({ length: 400 }, () => ({ type: 'SYNC_SKIPPED' as const, message }))
    await addEvents(api.db, id, events)
  }
  await eventually('the server to give up', () => logged.some((line) => line.includes('SSE stream whose reader')))
  await eventually('its slot to be free', async () => {
    const next = await stream(connectionQuery, { id: quiet }, { token })
    return next.response.status === 200
  })
  stalled.destroy()
  // those that read were not taken for slow ones
  expect(logged.filter((line) => line.includes('SSE stream whose reader'))).toHaveLength(1)
})
