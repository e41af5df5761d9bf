import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/store/ids.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addRun } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

test('without a credential nothing is answered, not even introspection or a syntax error', async () => {
  for (const query of [
    '{ viewer { kind } }',
    '{ __schema { types { name } } }',
    '{ __typename }',
    '{ nonsense',
    '{ noSuchField }',
  ]) {
    const { status, data, errors } = await api.ask(query, { token: null })
    expect({ query, status, data, code: errors[0]?.extensions.code }).toEqual({
      query,
      status: 401,
      data: null,
      code: 'UNAUTHENTICATED',
    })
    expect(errors).toHaveLength(1)
  }
  const introspection = await api.ask('{ __schema { queryType { name } } }')
  expect(introspection.data.__schema.queryType.name).toBe('Query')
})

test('what is of another environment, what is nowhere and what is no id at all look the same', async () => {
  const foreign = await addConnection(api.db)
  const { token } = await addApiKey(api.db, { environment: 'testing', scopes: ['SYNCS_WRITE', 'KEYS_MANAGE'] })
  const start = `mutation ($input: StartSyncInput!) { result: startSync(input: $input) { ... on Error { code path } } }`
  for (const connectionId of [connectionNode(foreign.id), connectionNode(newId()), 'nonsense']) {
    const { data } = await api.ask(start, { token, variables: { input: { connectionId } } })
    expect(data.result).toEqual({ code: 'NOT_FOUND', path: ['connectionId'] })
  }
  const create = `mutation ($input: CreateApiKeyInput!) { result: createApiKey(input: $input) { ... on Error { code path message } } }`
  const answers = await Promise.all(
    ['production', 'no-such'].map((environment) =>
      api.ask(create, { token, variables: { input: { name: 'x', environment, scopes: ['SYNCS_WRITE'] } } }),
    ),
  )
  expect(answers[0]?.data.result).toMatchObject({ code: 'NOT_FOUND', path: ['environment'] })
  expect(answers[1]?.data).toEqual(answers[0]?.data)
})

test('a key may name its own environment', async () => {
  const { token } = await addApiKey(api.db, { environment: 'testing', scopes: ['CONNECTIONS_READ'] })
  const { data } = await api.ask('{ viewer { environment { name } } }', { token, environment: 'testing' })
  expect(data.viewer.environment.name).toBe('testing')
})

describe('connection tokens', () => {
  test('a connection token reaches its connection and nothing beside it', async () => {
    const mine = await addConnection(api.db, { name: 'Mine' })
    const other = await addConnection(api.db, { name: 'Other' })
    const otherRun = await addRun(api.db, other.id)
    const { data, errors } = await api.ask(
      `query ($other: ID!, $run: ID!) { viewer { kind scopes connection { name } environment { name } }
        connections { totalCount edges { node { name } } } connection(id: $other) { id } syncRun(id: $run) { id } node(id: $run) { id } systems { key } }`,
      { token: mine.token, variables: { other: connectionNode(other.id), run: runNode(otherRun) } },
    )
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      viewer: {
        kind: 'CONNECTION_TOKEN',
        scopes: ['CONNECTIONS_READ', 'RECORDS_READ', 'SYNCS_READ', 'SYNCS_WRITE'],
        connection: { name: 'Mine' },
      },
      connections: { totalCount: 1, edges: [{ node: { name: 'Mine' } }] },
      connection: null,
      syncRun: null,
      node: null,
    })
  })

  test('the token of a disconnected connection is refused by the next request, and its credits are back once', async () => {
    const { id, token } = await addConnection(api.db)
    const runId = await addRun(api.db, id)
    expect((await api.ask('{ viewer { kind } }', { token })).status).toBe(200)
    const disconnect = `mutation ($input: DisconnectConnectionInput!) { disconnectConnection(input: $input) {
      ... on DisconnectConnectionPayload { creditsReturned connection { status token { prefix } disconnectedAt syncRuns { edges { node { id status } } } } } } }`
    const variables = { input: { connectionId: connectionNode(id) } }
    const first = await api.ask(disconnect, { variables })
    expect(first.errors).toEqual([])
    expect(first.data.disconnectConnection).toMatchObject({
      creditsReturned: 1,
      connection: {
        status: 'DISCONNECTED',
        token: null,
        syncRuns: { edges: [{ node: { id: runNode(runId), status: 'CANCELED' } }] },
      },
    })
    const refused = await api.ask('{ viewer { kind } }', { token })
    expect({ status: refused.status, code: refused.errors[0]?.extensions.code }).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
    })
    expect((await api.ask(disconnect, { variables })).data.disconnectConnection.creditsReturned).toBe(0)
  })
})

describe('API keys', () => {
  const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
    ... on CreateApiKeyPayload { key tokenDelivery apiKey { id name prefix lastFour scopes revokedAt environment { name } } } ... on Error { code path message } } }`

  test('a key is shown once, works at once, and stops working when it is revoked', async () => {
    const { data, errors } = await api.ask(create, {
      variables: { input: { name: 'reader', environment: 'development', scopes: ['CONNECTIONS_READ'] } },
    })
    expect(errors).toEqual([])
    const { key, apiKey, tokenDelivery } = data.createApiKey
    expect(key).toMatch(/^syn_dev_k/)
    expect(tokenDelivery).toBe('SHOWN')
    expect(apiKey).toMatchObject({
      name: 'reader',
      environment: { name: 'development' },
      scopes: ['CONNECTIONS_READ'],
      revokedAt: null,
    })
    expect(key.startsWith(apiKey.prefix) && key.endsWith(apiKey.lastFour)).toBe(true)
    expect((await api.ask('{ viewer { kind } }', { token: key })).data.viewer.kind).toBe('API_KEY')

    const revoke =
      'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { ... on RevokeApiKeyPayload { apiKey { revokedAt } } ... on Error { code } } }'
    const revoked = await api.ask(revoke, { environment: 'development', variables: { input: { id: apiKey.id } } })
    expect(revoked.data.revokeApiKey.apiKey.revokedAt).toEqual(expect.any(String))
    expect((await api.ask('{ viewer { kind } }', { token: key })).status).toBe(401)

    const audit = await api.ask('{ auditLog(first: 5) { edges { node { action actor target outcome ip } } } }', {
      environment: 'development',
    })
    const actions = audit.data.auditLog.edges.map((edge: { node: { action: string } }) => edge.node.action)
    const done = actions.filter((action: string) => action !== 'AUTHENTICATE') // the attempt after it
    expect(done.slice(0, 2)).toEqual(['API_KEY_REVOKE', 'API_KEY_CREATE'])
    expect(JSON.stringify(audit.data)).not.toContain(key)
  })

  test('a key creates no key with more scopes than its own, and nothing is delivered while delivery is off', async () => {
    const { token } = await addApiKey(api.db, { scopes: ['KEYS_MANAGE', 'RECORDS_READ'] })
    const input = { name: 'x', environment: 'production', scopes: ['RECORDS_READ'] }
    const wrong = [
      [{ ...input, scopes: ['RECORDS_READ', 'RECORDS_DELETE'] }, ['scopes']],
      [{ ...input, scopes: [] }, ['scopes']],
      [{ ...input, name: ' ' }, ['name']],
      [{ ...input, expiresAt: '2020-01-01T00:00:00Z' }, ['expiresAt']],
      [{ ...input, deliverTo: { store: 'vault', name: 'kv/x' } }, ['deliverTo']],
    ] as const
    for (const [given, path] of wrong) {
      const { data } = await api.ask(create, { token, variables: { input: given } })
      expect(data.createApiKey).toMatchObject({ code: 'VALIDATION_FAILED', path })
    }
    expect((await api.ask(create, { token, variables: { input } })).data.createApiKey.__typename).toBe(
      'CreateApiKeyPayload',
    )
  })
})
