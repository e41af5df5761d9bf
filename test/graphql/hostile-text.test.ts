import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeCursor } from '../../src/graphql/paging.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { connectionQuery, openSocket } from '../events/subscriber.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { addConnection, addRecords } from './rows.ts'

let api: TestApi
let id: string
let key: number

beforeAll(async () => {
  api = await startTestApi()
  ;({ id, key } = await addConnection(api.db))
  await addRecords(api.db, key, 'PART', [{ externalId: 'p', sourceUpdatedAt: '2026-01-01T00:00:00Z' }])
})
afterAll(() => api.stop())

const result = '{ __typename ... on Error { code path } }'
const create = `mutation ($input: CreateConnectionInput!) { createConnection(input: $input) ${result} }`
const input = { system: 'paper', name: 'x', config: {}, credentials: {} }
const keyInput = { name: 'x', environment: 'production', scopes: ['RECORDS_READ'] }
const nul = 'a\0b'
const half = 'a\ud800b'

describe('a text that PostgreSQL cannot hold is refused as bad input, wherever it stands', () => {
  const list = 'query ($filter: ConnectionFilter) { connections(filter: $filter) { totalCount } }'
  const parts =
    'query ($id: ID!, $filter: RecordFilter) { connection(id: $id) { parts(filter: $filter) { totalCount } } }'
  const sync = `mutation ($input: StartSyncInput!) { startSync(input: $input) ${result} }`
  const apiKey = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) ${result} }`

  test.each([
    ['search', list, () => ({ filter: { search: nul } })],
    ['customer filter', list, () => ({ filter: { customerExternalId: nul } })],
    ['number', parts, () => ({ id: connectionNode(id), filter: { number: nul } })],
    ['name', create, () => ({ input: { ...input, name: nul } })],
    ['config', create, () => ({ input: { ...input, config: { shelf: nul } } })],
    ['half a pair in config', create, () => ({ input: { ...input, config: { shelf: half } } })],
    ['name of a config field', create, () => ({ input: { ...input, config: { [nul]: 'x' } } })],
    ['credentials', create, () => ({ input: { ...input, credentials: { password: nul } } })],
    ['customer', create, () => ({ input: { ...input, customer: { externalId: nul } } })],
    ['idempotency key of a connection', create, () => ({ input: { ...input, idempotencyKey: nul } })],
    ['idempotency key of a sync', sync, () => ({ input: { connectionId: connectionNode(id), idempotencyKey: nul } })],
    ['key name', apiKey, () => ({ input: { ...keyInput, name: nul } })],
    ['idempotency key of a key', apiKey, () => ({ input: { ...keyInput, idempotencyKey: nul } })],
    ['environment', apiKey, () => ({ input: { ...keyInput, environment: nul } })],
    ['literal', '{ connections(filter: { search: "\\u0000" }) { totalCount } }', () => ({})],
    [
      'literal in JSON',
      `mutation { createConnection(input: { system: "paper", name: "x", config: { shelf: "\\u0000" }, credentials: {} }) ${result} }`,
      () => ({}),
    ],
  ])('%s', async (_where, query, variables) => {
    const before = await api.db.prisma.connection.count()
    const { data, errors } = await api.ask(query, { variables: variables() })
    expect({ data, codes: errors.map((error) => error.extensions.code) }).toEqual({
      data: null,
      codes: ['BAD_USER_INPUT'],
    })
    expect(await api.db.prisma.connection.count()).toBe(before)
  })

  test('in an id it names nothing, and in a cursor it is no cursor', async () => {
    const { data, errors } = await api.ask('query ($id: ID!) { node(id: $id) { id } }', {
      variables: { id: nodeId('Part', `${key}:${nul}`) },
    })
    expect({ data, errors }).toEqual({ data: { node: null }, errors: [] })
    const list =
      'query ($id: ID!, $after: String) { connection(id: $id) { rejectedRecords(entity: PART, after: $after) { totalCount } } }'
    const refused = await api.ask(list, {
      variables: { id: connectionNode(id), after: encodeCursor(['key', nul]) },
    })
    expect(refused.errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
  })

  test('in a subscription, and as the environment of a socket', async () => {
    const socket = openSocket(api.webSocketUrl)
    const { received } = socket.subscribe(connectionQuery, { id: nul })
    await received.ended
    expect(received.errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
    await socket.dispose()
    expect((await openSocket(api.webSocketUrl, { environment: nul }).close).code).toBe(4401)
  })

  test('JSON deeper than any config is refused, not run out of stack on', async () => {
    const deep = 100_000
    const config = `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`
    const body = JSON.stringify({ query: create, variables: { input: { ...input, config: 'HERE' } } })
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ownerKey}` },
      body: body.replace('"HERE"', config),
    })
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  test('other texts of any script are stored as they are', async () => {
    const name = 'Ünïcode 𝒜 \u0001\u007f 工場'
    const { data, errors } = await api.ask(create, { variables: { input: { ...input, name } } })
    expect({ errors, type: data?.createConnection.__typename }).toEqual({ errors: [], type: 'CreateConnectionPayload' })
    const search = await api.ask('query ($filter: ConnectionFilter) { connections(filter: $filter) { totalCount } }', {
      variables: { filter: { search: name } },
    })
    expect(search.data.connections.totalCount).toBe(1)
  })
})

test("a customer's key has 1 to 200 characters and its name at most 200", async () => {
  const long = 'x'.repeat(201)
  for (const [customer, field] of [
    [{ externalId: long }, 'externalId'],
    [{ externalId: ' ' }, 'externalId'],
    [{ externalId: 'x', name: long }, 'name'],
  ] as const) {
    const expected = { code: 'VALIDATION_FAILED', path: ['customer', field] }
    const made = await api.ask(create, { variables: { input: { ...input, customer } } })
    expect(made.data.createConnection).toMatchObject(expected)
    const changed = await api.ask(
      `mutation ($input: UpdateConnectionInput!) { updateConnection(input: $input) ${result} }`,
      { variables: { input: { connectionId: connectionNode(id), customer } } },
    )
    expect(changed.data.updateConnection).toMatchObject(expected)
  }
  const customer = { externalId: 'x'.repeat(200), name: 'x'.repeat(200) }
  const made = await api.ask(create, { variables: { input: { ...input, customer } } })
  expect(made.data.createConnection.__typename).toBe('CreateConnectionPayload')
})

describe('cursors', () => {
  const page = `query ($id: ID!, $after: String, $order: RecordOrder) { connection(id: $id) {
    parts(after: $after, orderBy: $order) { edges { cursor } } } }`
  const ask = (after: string, order = 'SOURCE_UPDATED_AT_DESC') =>
    api.ask(page, { variables: { id: connectionNode(id), after, order } })

  test.each([
    '2026-02-30T00:00:00.000000Z',
    '2026-01-01',
    '2026',
    '1',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '2026-01-01T00:00:00.000000+99:99',
    '2026-01-01T24:00:00.000000Z',
    '2026-01-01T23:59:60.000000Z',
    '0000-01-01T00:00:00.000000Z',
    '+275760-09-13T00:00:00.000000Z',
    '999999-01-01T00:00:00.000000Z',
    ' 2026-01-01T00:00:00.000000Z',
  ])('a record cursor with the moment %s is refused', async (moment) => {
    const { errors } = await ask(encodeCursor(['SOURCE_UPDATED_AT_DESC', moment, 'p']))
    expect(errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
    const ledger = await api.ask('query ($after: String) { credits { ledger(after: $after) { totalCount } } }', {
      variables: { after: encodeCursor([moment, id]) },
    })
    expect(ledger.errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT'])
  })

  test.each(['2026-02-28T12:30:59.123456Z', '0001-01-01T00:00:00.000000Z', '12026-01-01T00:00:00.000000Z'])(
    'one with the moment %s is read',
    async (moment) => {
      expect((await ask(encodeCursor(['SOURCE_UPDATED_AT_DESC', moment, 'p']))).errors).toEqual([])
    },
  )

  test('those that the lists make are read', async () => {
    const first = await api.ask(page, { variables: { id: connectionNode(id) } })
    const { cursor } = first.data.connection.parts.edges[0]
    expect(await ask(cursor)).toMatchObject({ data: { connection: { parts: { edges: [] } } }, errors: [] })
    const ledger = 'query ($after: String) { credits { ledger(first: 1, after: $after) { edges { cursor } } } }'
    const made = await api.ask(ledger)
    const after = made.data.credits.ledger.edges[0].cursor
    expect((await api.ask(ledger, { variables: { after } })).errors).toEqual([])
  })
})
