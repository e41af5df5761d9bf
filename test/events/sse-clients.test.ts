import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { createLogger } from '../../src/log.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, ownerKey, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addEvents, addRun } from '../graphql/rows.ts'
import { connectionQuery, openStream } from './subscriber.ts'

let api: TestApi
const logged: string[] = []
const open: (() => unknown)[] = []
const perCredential = 5

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

/** An answer that nobody reads yet. */
async function unread(query: string, variables: object, headers: Record<string, string>): Promise<IncomingMessage> {
  const sent = request(api.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } })
  sent.on('error', () => {}) // it may be cut off
  open.push(() => sent.destroy())
  sent.end(JSON.stringify({ query, variables }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response.on('error', () => {})
}

const closings = () => logged.filter((line) => line.includes('SSE stream whose reader')).length

async function addLongEvents(connectionId: string, syncRunId: string, n: number) {
  const event = { type: 'ENTITY_RETRYING', syncRunId, message: 'x'.repeat(8_000) } as const
  for (let i = 0; i < n; i += 400)
    await addEvents(
      api.db,
      connectionId,
      Array.from({ length: 400 }, () => event),
    )
}

test('a request that is broken off before its answer begins leaves no stream behind', async () => {
  const { id } = await addConnection(api.db)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const variables = { id: connectionNode(id) }
  const locker = new pg.Client({ connectionString: api.db.url })
  await locker.connect()
  open.push(() => locker.end())
  await locker.query('BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE')
  const leaving = new AbortController()
  const left = Array.from({ length: perCredential }, () =>
    fetch(api.url, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: connectionQuery, variables }),
    }),
  )
  await eventually('all of them to wait for PostgreSQL', async () => {
    const { rows } = await api.db.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length === perCredential
  })
  leaving.abort()
  await Promise.allSettled(left)
  // the server has heard of it when it answers what was sent later
  expect((await fetch(new URL('/healthz', api.url))).status).toBe(200)
  await locker.end()
  await eventually('room for all again', async () => {
    const all = await Promise.all(left.map(() => openStream(api.url, connectionQuery, variables, { token })))
    for (const { stop } of all) stop()
    return all.every(({ response }) => response.status === 200)
  })
})

test('a stream that came to somebody who did not ask for it by name is cut off like any other when it is not read', async () => {
  const { id } = await addConnection(api.db)
  const run = await addRun(api.db, id)
  const before = closings()
  const stalled = await unread(
    connectionQuery,
    { id: connectionNode(id), after: '0' },
    { authorization: `Bearer ${ownerKey}` },
  )
  expect(stalled.headers['content-type']).toContain('text/event-stream')
  await addLongEvents(id, run, 3_200)
  await eventually('the server to give up', () => closings() === before + 1)
})

test('a plain answer is not cut off, also where a stream would have been accepted', async () => {
  const { id } = await addConnection(api.db)
  const run = await addRun(api.db, id)
  await addLongEvents(id, run, 3_200)
  const ofRun = Array.from({ length: 15 }, (_, i) => `a${i}: events(first: 200) { message }`).join(' ')
  const headers = { authorization: `Bearer ${ownerKey}`, accept: 'application/json, text/event-stream' }
  const plain = await unread(`query ($id: ID!) { syncRun(id: $id) { ${ofRun} } }`, { id: runNode(run) }, headers)
  expect(plain.headers['content-type']).toContain('json')
  const before = closings()
  await unread(connectionQuery, { id: connectionNode(id), after: '0' }, { ...headers, accept: 'text/event-stream' })
  await eventually('a stream that is not read either to be cut off', () => closings() === before + 1)
  const { data } = JSON.parse(await text(plain))
  expect(Object.values(data.syncRun)).toHaveLength(15)
})
