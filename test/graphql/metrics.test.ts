import { collectDefaultMetrics, Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StartError } from '../../src/config.ts'
import { eventually } from '../eventually.ts'
import { connectionQuery, openSocket, openStream } from '../events/subscriber.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { openBrowser } from './browser.ts'
import { openWay } from './severable-way.ts'
import { addApiKey, addConnection, addRun, endRun } from './rows.ts'

let api: TestApi
const registry = new Registry()

beforeAll(async () => {
  collectDefaultMetrics({ register: registry })
  api = await startTestApi({ registry })
  const { id } = await addConnection(api.db)
  await endRun(api.db, id, await addRun(api.db, id))
  await addRun(api.db, id, ['VENDOR'])
  await addConnection(api.db, { environment: 'testing' })
})
afterAll(() => api.stop())

const get = (headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(new URL('/metrics', api.url), { ...init, headers })
const withKey = (token: string) => get({ authorization: `Bearer ${token}` })

/** The value of a line, by its name with labels. */
async function valueOf(line: string, answer = withKey(ownerKey)) {
  const text = await (await answer).text()
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? null : Number(found.slice(line.length + 1))
}

test('the owner sees the process, and connections and runs of all environments, as Prometheus reads them', async () => {
  const answer = await withKey(ownerKey)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')])
  const text = await answer.text()
  for (const name of ['process_cpu_seconds_total', 'nodejs_heap_size_used_bytes', 'syncline_database_connections'])
    expect(text).toMatch(new RegExp(`^# TYPE ${name} `, 'm'))
  expect(await valueOf('syncline_connections{environment="production",status="ACTIVE"}')).toBe(1)
  expect(await valueOf('syncline_connections{environment="testing",status="ACTIVE"}')).toBe(1)
  expect(await valueOf('syncline_sync_runs{environment="production",status="QUEUED"}')).toBe(1)
  expect(await valueOf('syncline_sync_runs{environment="production",status="SUCCEEDED"}')).toBe(1)
})

test('a key sees its environment alone', async () => {
  const { token } = await addApiKey(api.db, { environment: 'testing', scopes: ['SYNCS_READ'] })
  const text = await (await withKey(token)).text()
  expect(text).toContain('environment="testing"')
  expect(text).not.toContain('environment="production"')
  // the process serves the others too
  expect(text).not.toMatch(/process_|nodejs_|syncline_http|syncline_database/)
})

test('the owner may ask for one environment', async () => {
  const text = await (await get({ authorization: `Bearer ${ownerKey}`, 'x-syncline-environment': 'testing' })).text()
  expect(text).toContain('environment="testing"')
  expect(text).not.toContain('environment="production"')
})

test('it counts as an operation of its key', async () => {
  const limited = await startTestApi({ operationsPerSecond: 1 }, api.db.url)
  try {
    const scrape = () =>
      fetch(new URL('/metrics', limited.url), { headers: { authorization: `Bearer ${ownerKey}` } }).then(
        ({ status }) => status,
      )
    expect(await Promise.all(Array.from({ length: 20 }, scrape))).toContain(429)
  } finally {
    await limited.stop()
  }
})

test('while PostgreSQL is away the process is still told of', async () => {
  const way = await openWay(api.db.url)
  const other = await startTestApi({ metricsPort: 0 }, way.url)
  try {
    await way.close()
    const answer = await fetch(`${other.metricsUrl}/metrics`)
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(text).toContain('syncline_database_connections')
    expect(text).not.toContain('syncline_sync_runs')
  } finally {
    await way.reopen()
    await other.stop()
    await way.close()
  }
})

test('nobody else is told anything', async () => {
  const without = await addApiKey(api.db, { scopes: ['AUDIT_READ'] })
  const revoked = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
  const { cookie } = (await openBrowser(api.url, ownerKey)).headers
  const refused: [number, Promise<Response>][] = [
    [401, get({})],
    [401, withKey('nonsense')],
    [401, get({ authorization: `Bearer ${ownerKey}`, 'x-syncline-environment': 'nope' })],
    [401, withKey(revoked.token)],
    [401, get({ cookie, origin: 'https://evil.example' })],
    [403, withKey((await addConnection(api.db)).token)],
    [403, withKey(without.token)],
    [405, get({ authorization: `Bearer ${ownerKey}` }, { method: 'POST' })],
  ]
  for (const [status, asked] of refused) {
    const answer = await asked
    expect(answer.status).toBe(status)
    expect(await answer.text()).not.toContain('syncline_')
  }
})

test('requests are counted by path and status, and callers choose no path; sockets and streams while they are open', async () => {
  const counted = (path: string, status: number) =>
    valueOf(`syncline_http_requests_total{path="${path}",status="${status}"}`)
  const before = (await counted('/graphql', 200)) ?? 0
  await api.ask('{ viewer { kind } }')
  await fetch(new URL('/one', api.url))
  await fetch(new URL('/another?token=x', api.url))
  await eventually('the count', async () => (await counted('/graphql', 200)) === before + 1)
  await eventually('the others', async () => (await counted('other', 404)) === 2)
  expect(await valueOf('syncline_http_request_duration_seconds_count{path="/graphql"}')).toBeGreaterThan(before)

  const { id } = await addConnection(api.db)
  // how long a stream lasts says nothing of how long requests take
  const [timed, answered] = [
    await valueOf('syncline_http_request_duration_seconds_count{path="/graphql"}'),
    (await counted('/graphql', 200)) ?? 0,
  ]
  const stream = await openStream(api.url, connectionQuery, { id: connectionNode(id) })
  stream.stop()
  await eventually('its end', async () => (await counted('/graphql', 200)) === answered + 1)
  expect(await valueOf('syncline_http_request_duration_seconds_count{path="/graphql"}')).toBe(timed)

  const client = openSocket(api.webSocketUrl)
  const { received, stop } = client.subscribe(connectionQuery, { id: connectionNode(id), after: '0' })
  await received.count(1)
  expect(await valueOf('syncline_websockets')).toBe(1)
  expect(await valueOf('syncline_streams')).toBe(1)
  stop()
  await eventually('the end of the stream', async () => (await valueOf('syncline_streams')) === 0)
  await client.dispose()
  await eventually('the end of the socket', async () => (await valueOf('syncline_websockets')) === 0)
})

test('on a port of its own it needs no key, tells of all environments, and serves nothing else', async () => {
  let metricsUrl: string | null = null
  // the API itself may listen everywhere
  const other = await startTestApi({ metricsPort: 0, host: '127.0.0.2' }, api.db.url)
  try {
    expect(new URL(other.metricsUrl ?? '').hostname).toBe('127.0.0.1')

    metricsUrl = other.metricsUrl
    const answer = await fetch(`${metricsUrl}/metrics`)
    expect(answer.status).toBe(200)
    const text = await answer.text()
    for (const environment of ['production', 'testing']) expect(text).toContain(`environment="${environment}"`)
    for (const path of ['/', '/graphql', '/session']) expect((await fetch(`${metricsUrl}${path}`)).status).toBe(404)
    expect((await fetch(new URL('/metrics', other.url))).status).toBe(401)
    const taken = startTestApi({ metricsPort: Number(new URL(metricsUrl ?? '').port) }, api.db.url)
    await expect(taken).rejects.toThrow(StartError)
    await expect(taken).rejects.toThrow(/SYNCLINE_METRICS_PORT/)
  } finally {
    await other.stop()
  }
  await expect(fetch(`${metricsUrl}/metrics`)).rejects.toThrow()
})
