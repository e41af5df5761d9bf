import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Scope } from '../../src/generated/prisma/enums.ts'
import { auditActions } from '../../src/graphql/audit-actions.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { buildSchema } from '../../src/graphql/schema.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, type EnvironmentName, environmentOf } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi({ delivery: { isOn: () => true, check: () => {}, write: async () => {} } })
})
afterAll(() => api.stop())

const allScopes = Object.values(Scope)
let names = 0

/** Each mutation of keys, tokens and environments, on something of production that a good caller may change. */
const mutations = {
  async rotateConnectionToken() {
    const { id } = await addConnection(api.db)
    return { input: { connectionId: connectionNode(id), overlap: 'PT1H' }, target: id }
  },
  async revokeConnectionToken() {
    const { id } = await addConnection(api.db)
    return { input: { connectionId: connectionNode(id) }, target: id }
  },
  async setTokenRotation() {
    const { id } = await addConnection(api.db)
    const rotation = { target: { store: 'vault', name: 'kv/acme' }, every: 'P30D' }
    return { input: { connectionId: connectionNode(id), rotation }, target: id }
  },
  async createApiKey() {
    return { input: { name: 'made', environment: 'production', scopes: ['SYNCS_READ'] }, target: null }
  },
  async rotateApiKey() {
    const { id } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    return { input: { id: nodeId('ApiKey', id) }, target: id }
  },
  async revokeApiKey() {
    const { id } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    return { input: { id: nodeId('ApiKey', id) }, target: id }
  },
  async createEnvironment() {
    return { input: { name: `matrix-${names++}`, kind: 'TESTING', credits: 1 }, target: null }
  },
  async setCreditTotal() {
    return { input: { environment: 'production', total: 1_000 + names++ }, target: null }
  },
}
type Mutation = keyof typeof mutations

const key = async (scopes: readonly Scope[], environment: EnvironmentName = 'production') =>
  (await addApiKey(api.db, { environment, scopes: [...scopes] })).token

/** What each caller gets: a payload ("OK"), the code of a typed error, or a code above the answer. */
const callers: Record<string, { token: () => Promise<string | null>; gets: (mutation: Mutation) => string }> = {
  nobody: { token: async () => null, gets: () => 'UNAUTHENTICATED' },
  'an unknown token': { token: async () => 'syn_prod_kNope', gets: () => 'UNAUTHENTICATED' },
  'the owner': { token: async () => ownerKey, gets: () => 'OK' },
  'a key with every scope': {
    token: () => key(allScopes),
    gets: (mutation) => (ownerOnly(mutation) ? 'FORBIDDEN' : 'OK'),
  },
  'a key with every scope, of another environment': {
    token: () => key(allScopes, 'testing'),
    gets: (mutation) => (ownerOnly(mutation) ? 'FORBIDDEN' : 'NOT_FOUND'),
  },
  'a revoked key': {
    async token() {
      const made = await addApiKey(api.db, { scopes: allScopes })
      await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [made.id])
      return made.token
    },
    gets: () => 'UNAUTHENTICATED',
  },
  'an expired key': {
    token: async () => (await addApiKey(api.db, { scopes: allScopes, expiresAt: new Date(Date.now() - 1_000) })).token,
    gets: () => 'UNAUTHENTICATED',
  },
  'a connection token': { token: async () => (await addConnection(api.db)).token, gets: () => 'FORBIDDEN' },
  'the token of a disconnected connection': {
    async token() {
      const made = await addConnection(api.db)
      await api.db.pool.query(`UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1`, [made.id])
      return made.token
    },
    gets: () => 'UNAUTHENTICATED',
  },
  ...Object.fromEntries(
    allScopes.map((scope) => [
      `a key with ${scope} alone`,
      {
        token: () => key([scope]),
        gets: (mutation: Mutation) => {
          if (ownerOnly(mutation) || scope !== 'KEYS_MANAGE') return 'FORBIDDEN'
          // what is made or shown may do SYNCS_READ, which this key may not
          return mutation.startsWith('revoke') ? 'OK' : 'VALIDATION_FAILED'
        },
      },
    ]),
  ),
}
const ownerOnly = (mutation: Mutation) => mutation === 'createEnvironment' || mutation === 'setCreditTotal'

async function outcomeOf(mutation: Mutation, token: string | null, input: object) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
  const { data, errors } = await api.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ... on Error { code } } }`,
    { token, variables: { input } },
  )
  const { __typename: answered = '', code } = data?.[mutation] ?? {}
  return errors[0]?.extensions.code ?? code ?? (answered.endsWith('Payload') ? 'OK' : answered)
}

/** Every row that one of the mutations could change; when a key was last used is noted in passing. */
async function everything() {
  const tables = [
    'environment',
    'api_key',
    'api_key_secret',
    'connection_token',
    'token_rotation',
    'credit_ledger',
    'event',
    'connection_gate',
  ]
  const { rows } = await api.db.pool.query<{ row: string }>(
    tables
      .map((table) => `SELECT '${table} ' || (to_jsonb(t) - 'last_used_at')::text AS row FROM ${table} t`)
      .join(' UNION ALL '),
  )
  return rows.map(({ row }) => row).sort()
}

describe.each(Object.keys(mutations) as Mutation[])('%s', (mutation) => {
  test.each(Object.keys(callers))('by %s', async (name) => {
    const caller = callers[name]
    const expected = caller?.gets(mutation)
    const token = (await caller?.token()) ?? null
    const { input, target } = await mutations[mutation]()
    const before = await everything()
    const audited = await api.db.prisma.auditEntry.count()

    expect(await outcomeOf(mutation, token, input)).toBe(expected)

    const changed = (await everything()).filter((row) => !before.includes(row))
    if (expected === 'OK') expect(changed).not.toEqual([])
    else expect(changed).toEqual([])
    const entries = await api.db.prisma.auditEntry.findMany({ orderBy: { id: 'desc' }, take: 1 })
    expect((await api.db.prisma.auditEntry.count()) - audited).toBe(expected === 'UNAUTHENTICATED' ? 0 : 1)
    if (expected === 'UNAUTHENTICATED') return
    expect(entries[0]).toMatchObject({
      action: auditActions[mutation],
      outcome: expected,
      environmentId: expected === 'OK' && mutation === 'createEnvironment' ? null : await environmentIdOf(name),
      ip: expect.any(String),
    })
    if (target !== null) expect(entries[0]?.target).toBe(target)
  })
})

const environmentIdOf = async (caller: string) =>
  (await environmentOf(api.db, caller.includes('another environment') ? 'testing' : 'production')).id

test('the audit log has a name for every mutation', () => {
  const fields = Object.keys(buildSchema().getMutationType()?.getFields() ?? {})
  expect(Object.keys(auditActions).sort()).toEqual(fields.sort())
})

test('a refused mutation with many aliases is noted once for each thing it would have changed', async () => {
  const token = await key(['SYNCS_READ'])
  const { id } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const aliases = Array.from(
    { length: 50 },
    (_, i) => `a${i}: revokeApiKey(input: { id: "${nodeId('ApiKey', id)}" }) { __typename }`,
  )
  const before = await api.db.prisma.auditEntry.count()
  const { errors } = await api.ask(`mutation { ${aliases.join(' ')} }`, { token })
  expect(new Set(errors.map((error) => error.extensions.code))).toEqual(new Set(['FORBIDDEN']))
  expect(await api.db.prisma.auditEntry.count()).toBe(before + 1)
})
