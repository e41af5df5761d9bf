import { getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSchema } from '../../src/graphql/schema.ts'
import { nodeId, recordKey } from '../../src/graphql/node-id.ts'
import { connectionNode, ownerKey, runNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addRecords, addRun } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

test('every root field declares what it demands of its caller', () => {
  const schema = buildSchema()
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const open = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {})
      .filter((field) => !(field.extensions['pothosOptions'] as { authScopes?: object } | undefined)?.authScopes)
      .map((field) => `${root?.name}.${field.name}`),
  )
  expect(open).toEqual([])
  expect(isObjectType(getNamedType(schema.getQueryType()))).toBe(true)
})

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

describe('environments', () => {
  test('a key of one environment cannot see, name or change what is in another', async () => {
    const foreign = await addConnection(api.db, { environment: 'production' })
    const runId = await addRun(api.db, foreign.id)
    await addRecords(api.db, foreign.key, 'PART', [{ externalId: 'p' }])
    const scopes = [
      'CONNECTIONS_READ',
      'CONNECTIONS_WRITE',
      'SYNCS_READ',
      'SYNCS_WRITE',
      'RECORDS_READ',
      'KEYS_MANAGE',
      'AUDIT_READ',
    ] as const
    const { token } = await addApiKey(api.db, { environment: 'testing', scopes: [...scopes] })
    const { id: keyId } = await addApiKey(api.db, { environment: 'production', scopes: ['RECORDS_READ'] })

    const { data, errors } = await api.ask(
      `query ($connection: ID!, $run: ID!, $part: ID!, $key: ID!) {
        connection(id: $connection) { id } syncRun(id: $run) { id }
        a: node(id: $connection) { id } b: node(id: $run) { id } c: node(id: $part) { id } d: node(id: $key) { id }
        connections { totalCount } apiKeys { edges { node { id } } } auditLog { totalCount } environments { name }
      }`,
      {
        token,
        variables: {
          connection: connectionNode(foreign.id),
          run: runNode(runId),
          part: nodeId('Part', recordKey(foreign.key, 'p')),
          key: nodeId('ApiKey', keyId),
        },
      },
    )
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      connection: null,
      syncRun: null,
      a: null,
      b: null,
      c: null,
      d: null,
      connections: { totalCount: 0 },
    })
    expect(data.environments).toEqual([{ name: 'testing' }])
    expect(data.apiKeys.edges).toHaveLength(1)

    const attempts = [
      ['disconnectConnection', 'DisconnectConnectionInput', { connectionId: connectionNode(foreign.id) }],
      ['startSync', 'StartSyncInput', { connectionId: connectionNode(foreign.id) }],
      ['cancelSync', 'CancelSyncInput', { syncRunId: runNode(runId) }],
      ['revokeApiKey', 'RevokeApiKeyInput', { id: nodeId('ApiKey', keyId) }],
      ['createApiKey', 'CreateApiKeyInput', { name: 'x', environment: 'production', scopes: ['RECORDS_READ'] }],
      ['createApiKey', 'CreateApiKeyInput', { name: 'x', environment: 'no-such', scopes: ['RECORDS_READ'] }],
      ['startSync', 'StartSyncInput', { connectionId: 'nonsense' }],
    ] as const
    for (const [field, type, input] of attempts) {
      const query = `mutation ($input: ${type}!) { ${field}(input: $input) { ... on Error { code path } } }`
      const answer = await api.ask(query, { token, variables: { input } })
      expect({ field, result: answer.data[field] }).toMatchObject({ field, result: { code: 'NOT_FOUND' } })
    }
  })

  test('naming another environment than its own is UNAUTHENTICATED, an unknown one too, also for the owner', async () => {
    const { token } = await addApiKey(api.db, { environment: 'testing', scopes: ['CONNECTIONS_READ'] })
    const query = '{ viewer { environment { name } } }'
    expect((await api.ask(query, { token, environment: 'testing' })).data.viewer.environment.name).toBe('testing')
    for (const [given, environment] of [
      [token, 'production'],
      [token, 'no-such'],
      [ownerKey, 'no-such'],
    ] as const) {
      expect((await api.ask(query, { token: given, environment })).status).toBe(401)
    }
  })
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
    for (const query of [
      '{ credits { total } }',
      '{ viewer { environment { credits { total } } } }',
      '{ apiKeys { totalCount } }',
      '{ auditLog { totalCount } }',
      `mutation { disconnectConnection(input: { connectionId: "${connectionNode(mine.id)}" }) { __typename } }`,
    ]) {
      const answer = await api.ask(query, { token: mine.token })
      expect({ query, codes: answer.errors.map((error) => error.extensions.code) }).toEqual({
        query,
        codes: ['FORBIDDEN'],
      })
    }
    const started = await api.ask(
      'mutation ($input: StartSyncInput!) { startSync(input: $input) { __typename ... on Error { code } } }',
      {
        token: mine.token,
        variables: { input: { connectionId: connectionNode(other.id) } },
      },
    )
    expect(started.data.startSync).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND' })
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

describe('scopes', () => {
  test('a field that leads to other data demands the scope of that data', async () => {
    const { id } = await addConnection(api.db)
    const { token } = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ'] })
    const ask = (fields: string) =>
      api.ask(`query ($id: ID!) { connection(id: $id) { name ${fields} } }`, {
        token,
        variables: { id: connectionNode(id) },
      })
    expect((await ask('')).data.connection.name).toBe('Plant')
    for (const fields of [
      'parts { totalCount }',
      'records(entity: PART) { totalCount }',
      'changes(entity: PART) { endCursor }',
      'syncRuns { totalCount }',
    ]) {
      const { errors } = await ask(fields)
      expect({ fields, codes: errors.map((error) => error.extensions.code) }).toEqual({ fields, codes: ['FORBIDDEN'] })
    }
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
    expect(actions.slice(0, 2)).toEqual(['API_KEY_REVOKE', 'API_KEY_CREATE'])
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
