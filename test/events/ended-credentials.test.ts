import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { listeners } from './listeners.ts'
import { connectionQuery, openSocket, openStream } from './subscriber.ts'

/** Two processes that look for what has ended so often, and otherwise rely on the announcements. */
async function startProcesses(pollMs: number) {
  api = await startTestApi({ streamLimits: { ...defaultStreamLimits, pollMs } })
  processes = [api.url, await api.startAnother()]
  await eventually('both to listen', async () => (await listeners(api.db.pool)).length === 2)
}

let api: TestApi
let processes: string[]
const open: { dispose(): unknown }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.dispose()))
})

/** In each process a socket on which nothing runs, one with a subscription, and a stream over SSE. */
async function openEverywhere(token: string, connectionId: string) {
  const variables = { id: connectionNode(connectionId), after: '0' }
  return Promise.all(
    processes.map(async (url) => {
      const webSocketUrl = url.replace('http', 'ws')
      const idle = openSocket(webSocketUrl, { token })
      const busy = openSocket(webSocketUrl, { token })
      open.push(idle, busy)
      const { received } = busy.subscribe(connectionQuery, variables)
      const sse = await openStream(url, connectionQuery, variables, { token })
      await Promise.all([idle.acknowledged, received.count(1), sse.received.count(1)])
      return { idle, busy, received, sse }
    }),
  )
}

async function asked(url: string, token: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { kind } }' }),
  })
  return response.status
}

const mutate = async (field: string, input: object) => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`
  const { data, errors } = await api.ask(
    `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on Error { message } } }`,
    { variables: { input } },
  )
  expect({ errors, type: data[field].__typename }).toEqual({ errors: [], type: expect.stringMatching(/Payload$/) })
}

const connections = {
  async subject() {
    const { id, token } = await addConnection(api.db)
    return { token, connectionId: id, input: { connectionId: connectionNode(id) } }
  },
}
const apiKeys = {
  async subject() {
    const { id: connectionId } = await addConnection(api.db)
    const { id, token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    return { token, connectionId, input: { id: nodeId('ApiKey', id) } }
  },
}

describe('where they do not look, the announcement alone ends in every process all that is open under a credential', () => {
  beforeAll(() => startProcesses(3_600_000))
  afterAll(() => api.stop())

  test.each([
    { field: 'revokeConnectionToken', ...connections, code: 4401 },
    { field: 'rotateConnectionToken', ...connections, code: 4403 },
    { field: 'disconnectConnection', ...connections, code: 4401 },
    { field: 'revokeApiKey', ...apiKeys, code: 4401 },
    { field: 'rotateApiKey', ...apiKeys, code: 4403 },
  ])('$field: refused at once, $code and the end of SSE', async ({ field, subject, code }) => {
    const { token, connectionId, input } = await subject()
    const everywhere = await openEverywhere(token, connectionId)
    await mutate(field, input)
    expect(await Promise.all(processes.map((url) => asked(url, token)))).toEqual([401, 401])
    const closed = await Promise.all(everywhere.flatMap(({ idle, busy }) => [idle.close, busy.close]))
    await Promise.all(everywhere.map(({ sse }) => sse.received.ended))
    expect(closed.map((one) => one.code)).toEqual([code, code, code, code])
    for (const { received, sse } of everywhere) {
      expect(sse.received.errors.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED'])
      expect(sse.names.slice(-2)).toEqual(['next', 'complete'])
      // not even the event that tells of it
      for (const { sequences } of [received, sse.received]) expect(sequences).toEqual([1])
    }
  })

  test('the end of one credential leaves those of others alone', async () => {
    const mine = await apiKeys.subject()
    const others = await apiKeys.subject()
    const owner = openSocket(api.webSocketUrl, { token: ownerKey })
    open.push(owner)
    await owner.acknowledged
    const [here] = await openEverywhere(others.token, others.connectionId)
    await mutate('revokeApiKey', mine.input)
    await mutate('pauseConnection', { connectionId: connectionNode(others.connectionId) })
    await Promise.all([here?.received.count(2), here?.sse.received.count(2)])
    expect(owner.socket?.readyState).toBe(owner.socket?.OPEN)
    expect(here?.idle.socket?.readyState).toBe(here?.idle.socket?.OPEN)
  })
})

describe('where nobody announces it', () => {
  beforeAll(() => startProcesses(50))
  afterAll(() => api.stop())

  test('within a second each process looks for what has ended', () => {
    expect(defaultStreamLimits.pollMs).toBeLessThan(1_000)
  })

  test('a look ends what is open under a credential', async () => {
    const { token, connectionId } = await apiKeys.subject()
    const everywhere = await openEverywhere(token, connectionId)
    await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE revoked_at IS NULL')
    const closed = await Promise.all(everywhere.flatMap(({ idle, busy }) => [idle.close, busy.close]))
    await Promise.all(everywhere.map(({ sse }) => sse.received.ended))
    expect(closed.map(({ code }) => code)).toEqual([4401, 4401, 4401, 4401])
  })

  test('what is open under the old one goes on during an overlap, and is closed with 4403 when it ends', async () => {
    for (const { field, secrets, subject } of [
      { field: 'rotateConnectionToken', secrets: 'connection_token', ...connections },
      { field: 'rotateApiKey', secrets: 'api_key_secret', ...apiKeys },
    ]) {
      const { token, connectionId, input } = await subject()
      const everywhere = await openEverywhere(token, connectionId)
      await mutate(field, { ...input, overlap: 'PT1H' })
      await mutate('pauseConnection', { connectionId: connectionNode(connectionId) })
      const seen = field === 'rotateApiKey' ? 2 : 3
      await Promise.all(everywhere.flatMap(({ received, sse }) => [received.count(seen), sse.received.count(seen)]))
      expect(await Promise.all(processes.map((url) => asked(url, token)))).toEqual([200, 200])
      await api.db.pool.query(`UPDATE ${secrets} SET expires_at = now() WHERE expires_at IS NOT NULL`)
      const closed = await Promise.all(everywhere.flatMap(({ idle, busy }) => [idle.close, busy.close]))
      await Promise.all(everywhere.map(({ sse }) => sse.received.ended))
      expect(closed.map(({ code }) => code)).toEqual([4403, 4403, 4403, 4403])
      expect(await Promise.all(processes.map((url) => asked(url, token)))).toEqual([401, 401])
    }
  })
})
