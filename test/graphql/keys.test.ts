import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../src/log.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { eventually } from '../eventually.ts'
import { openSocket } from '../events/subscriber.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

let api: TestApi
const logged: string[] = []

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } }),
  })
})
afterAll(() => api.stop())

const rotateKey = `mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { __typename ... on Error { code message path }
  ... on RotateApiKeyPayload { key tokenDelivery apiKey { id name prefix lastFour scopes overlapEndsAt } } } }`
const rotateToken = `mutation ($input: RotateConnectionTokenInput!) { rotateConnectionToken(input: $input) { __typename ... on Error { code message path }
  ... on RotateConnectionTokenPayload { token tokenDelivery connection { id token { prefix lastFour overlapEndsAt expiresAt } } } } }`
const revokeToken = `mutation ($input: RevokeConnectionTokenInput!) { revokeConnectionToken(input: $input) { __typename ... on Error { code }
  ... on RevokeConnectionTokenPayload { connection { status token { prefix } } } } }`
const list = `{ apiKeys(first: 50) { totalCount edges { node { id name prefix lastFour scopes createdAt expiresAt lastUsedAt overlapEndsAt revokedAt environment { name } } } } }`

test('the list tells all of a key but its secret: use, expiry, overlap, revocation', async () => {
  const environment = 'development'
  const used = await addApiKey(api.db, { environment, scopes: ['CONNECTIONS_READ', 'SYNCS_READ'] })
  const expired = await addApiKey(api.db, {
    environment,
    scopes: ['SYNCS_READ'],
    expiresAt: new Date('2026-01-01T00:00:00Z'),
  })
  const revoked = await addApiKey(api.db, { environment, scopes: ['SYNCS_READ'] })
  await api.ask('{ viewer { kind } }', { token: used.token })
  const input = { id: nodeId('ApiKey', used.id), overlap: 'P2D' }
  const rotated = (await api.ask(rotateKey, { environment, variables: { input } })).data.rotateApiKey
  await api.ask(`mutation { revokeApiKey(input: { id: "${nodeId('ApiKey', revoked.id)}" }) { __typename } }`, {
    environment,
  })
  const answer = await eventually('the use to be noted', async () => {
    const listed = await api.ask(list, { environment })
    return listed.data.apiKeys.edges.some(({ node }: { node: { lastUsedAt: unknown } }) => node.lastUsedAt) && listed
  })
  expect(answer.errors).toEqual([])
  const [third, second, first] = answer.data.apiKeys.edges.map(({ node }: { node: object }) => node)
  expect(answer.data.apiKeys.totalCount).toBe(3)
  expect(first).toMatchObject({
    id: nodeId('ApiKey', used.id),
    scopes: ['CONNECTIONS_READ', 'SYNCS_READ'],
    environment: { name: environment },
    prefix: rotated.key.slice(0, 13),
    lastFour: rotated.key.slice(-4),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: expect.any(String),
  })
  expect(Date.parse(first.overlapEndsAt)).toBeGreaterThan(Date.now() + 1.9 * 86_400_000)
  expect(second).toMatchObject({
    expiresAt: '2026-01-01T00:00:00.000Z',
    revokedAt: null,
    lastUsedAt: null,
    overlapEndsAt: null,
  })
  expect(third).toMatchObject({ revokedAt: expect.any(String), overlapEndsAt: null })
  for (const { token } of [used, expired, revoked, { token: rotated.key }])
    expect(JSON.stringify(answer.data)).not.toContain(token.slice(13, -4))
  // over HTTP each that ended is a 401 that says why; over WebSocket an expired one may be exchanged, a revoked one not
  for (const [{ token }, says, code] of [
    [expired, 'expired', 4403],
    [revoked, 'revoked', 4401],
  ] as const) {
    const refused = await api.ask('{ viewer { kind } }', { token })
    expect(refused).toMatchObject({ status: 401, data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(refused.errors[0]?.message).toContain(says)
    const socket = openSocket(api.webSocketUrl, { token })
    expect((await socket.close).code).toBe(code)
    await socket.dispose()
  }
})

test('over the API a rotated token and key are shown once, beside what may always be shown', async () => {
  const connection = await addConnection(api.db)
  const input = { connectionId: connectionNode(connection.id), overlap: 'PT1H' }
  const { data, errors } = await api.ask(rotateToken, { variables: { input } })
  expect(errors).toEqual([])
  const { token, tokenDelivery, connection: shown } = data.rotateConnectionToken
  expect(token).toMatch(/^syn_prod_c[0-9A-Za-z]{49}$/)
  expect(tokenDelivery).toBe('SHOWN')
  expect(shown.token).toMatchObject({ prefix: token.slice(0, 14), lastFour: token.slice(-4), expiresAt: null })
  expect(Date.parse(shown.token.overlapEndsAt)).toBeGreaterThan(Date.now() + 59 * 60_000)
  expect((await api.ask('{ viewer { connection { id } } }', { token })).data.viewer.connection.id).toBe(shown.id)

  const { data: revoked } = await api.ask(revokeToken, { variables: { input: { connectionId: input.connectionId } } })
  expect(revoked.revokeConnectionToken.connection).toEqual({ status: 'ACTIVE', token: null })
  for (const dead of [token, connection.token])
    expect((await api.ask('{ viewer { kind } }', { token: dead })).status).toBe(401)
  const again = await api.ask(rotateToken, { variables: { input } })
  expect(again.data.rotateConnectionToken.connection.token.overlapEndsAt).toBeNull()
})

test('a key rotates itself, and its answer still arrives', async () => {
  const { id, token } = await addApiKey(api.db, { scopes: ['KEYS_MANAGE'] })
  const { data } = await api.ask(rotateKey, { token, variables: { input: { id: nodeId('ApiKey', id) } } })
  expect(data.rotateApiKey.key).toMatch(/^syn_prod_k/)
  expect((await api.ask('{ viewer { kind } }', { token })).status).toBe(401)
  expect((await api.ask('{ apiKeys { totalCount } }', { token: data.rotateApiKey.key })).status).toBe(200)
})

test('ids of something else, wrong overlaps and targets are refused by their path', async () => {
  const { id } = await addConnection(api.db)
  const key = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const target = { store: 'vault', name: 'kv/x' }
  const wrong = [
    [rotateToken, { connectionId: nodeId('ApiKey', key.id) }, 'NOT_FOUND', ['connectionId']],
    [rotateToken, { connectionId: connectionNode(key.id) }, 'NOT_FOUND', ['connectionId']],
    [rotateToken, { connectionId: connectionNode(id), overlap: 'P31D' }, 'VALIDATION_FAILED', ['overlap']],
    [rotateToken, { connectionId: connectionNode(id), deliverTo: target }, 'VALIDATION_FAILED', ['deliverTo']],
    [rotateKey, { id: connectionNode(id) }, 'NOT_FOUND', ['id']],
    [rotateKey, { id: 'nonsense' }, 'NOT_FOUND', ['id']],
    [rotateKey, { id: nodeId('ApiKey', key.id), overlap: 'P1Y' }, 'VALIDATION_FAILED', ['overlap']],
    [rotateKey, { id: nodeId('ApiKey', key.id), deliverTo: target }, 'VALIDATION_FAILED', ['deliverTo']],
  ] as const
  const texts = []
  for (const [mutation, input, code, path] of wrong) {
    const { data, errors } = await api.ask(mutation, { variables: { input } })
    expect(errors).toEqual([])
    expect(Object.values(data)[0]).toMatchObject({ code, path })
    if ('deliverTo' in input) texts.push((Object.values(data)[0] as { message: string }).message)
  }
  // one wording
  expect(new Set(texts).size).toBe(1)
  expect(texts[0]).toContain('Token delivery is off')
  const notADuration = await api.ask(rotateKey, {
    variables: { input: { id: nodeId('ApiKey', key.id), overlap: '1 day' } },
  })
  expect(notADuration.errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
})

test('no secret is in the database, in a log, or in any later answer', async () => {
  const secrets: string[] = []
  const make = async (query: string, variables: object) => {
    const { data, errors } = await api.ask(query, { variables: { input: variables } })
    expect(errors).toEqual([])
    const { key, token } = Object.values(data)[0] as { key?: string; token?: string }
    secrets.push(key ?? token ?? '')
    return Object.values(data)[0] as Record<string, { id: string }>
  }
  const made = await make(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ... on CreateApiKeyPayload { key apiKey { id } } } }',
    { name: 'canary', environment: 'production', scopes: ['SYNCS_READ'] },
  )
  const connected = await make(
    'mutation ($input: CreateConnectionInput!) { createConnection(input: $input) { ... on CreateConnectionPayload { token connection { id } } } }',
    { system: 'paper', name: 'canary', config: {}, credentials: { password: 'canary-password' } },
  )
  for (const overlap of ['PT1H', 'PT0S']) {
    await make(rotateKey, { id: made['apiKey']?.id, overlap })
    await make(rotateToken, { connectionId: connected['connection']?.id, overlap })
  }
  await Promise.all(secrets.map((token) => api.ask('{ viewer { kind } nonsense }', { token })))
  await fetch(new URL('/tokens/revoke', api.url), {
    method: 'POST',
    body: new URLSearchParams({ token: secrets.at(-1) ?? '' }),
  })

  const { rows: tables } = await api.db.pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const { rows } = await api.db.pool.query<{ row: string }>(
    tables.map(({ name }) => `SELECT t::text AS row FROM ${name} t`).join(' UNION ALL '),
  )
  const later = await api.ask(
    `{ ${list.slice(1, -1)} auditLog(first: 200) { edges { node { actor action target outcome ip } } }
       connections { edges { node { name config token { prefix lastFour } syncRuns { edges { node { events { message } requestedBy } } } } } } }`,
  )
  expect(later.errors).toEqual([])
  const everywhere = [rows.map(({ row }) => row).join('\n'), logged.join(''), JSON.stringify(later.data)].join('\n')
  expect(everywhere).toContain('canary')
  expect(secrets).toHaveLength(6)
  for (const secret of [...secrets, 'canary-password']) {
    const hidden = secret.startsWith('syn_') ? secret.slice(14, -4) : secret
    expect(hidden.length).toBeGreaterThan(10)
    for (const form of [hidden, Buffer.from(hidden).toString('hex'), Buffer.from(secret).toString('base64')])
      expect(everywhere).not.toContain(form)
  }
})

test('a caller learns which key it calls with; the owner and a connection token call with none', async () => {
  const key = await addApiKey(api.db, { scopes: [] })
  const { token } = await addConnection(api.db)
  const ask = async (credential?: string) => {
    const { data, errors } = await api.ask('{ viewer { apiKeyId } }', credential ? { token: credential } : {})
    return { errors, apiKeyId: data.viewer.apiKeyId }
  }
  expect(await ask(key.token)).toEqual({ errors: [], apiKeyId: nodeId('ApiKey', key.id) })
  for (const other of [undefined, token]) expect(await ask(other)).toEqual({ errors: [], apiKeyId: null })
})
