import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

const create = async (input: object) =>
  (
    await api.ask(
      `mutation ($input: CreateEnvironmentInput!) { createEnvironment(input: $input) { __typename ... on Error { code path }
        ... on CreateEnvironmentPayload { environment { id name kind credits { total used available ledger { edges { node { delta reason balance connection { id } } } } } } } } }`,
      { variables: { input } },
    )
  ).data.createEnvironment

const setTotal = async (environment: string, total: number) =>
  (
    await api.ask(
      `mutation ($input: SetCreditTotalInput!) { setCreditTotal(input: $input) { __typename ... on Error { code path message }
        ... on SetCreditTotalPayload { credits { total used available ledger(first: 3) { edges { node { delta reason balance } } } } } } }`,
      { variables: { input: { environment, total } } },
    )
  ).data.setCreditTotal

/** What the ledger says is what the pool says. */
async function expectTrueLedger(name: string) {
  const environment = await api.db.prisma.environment.findUniqueOrThrow({ where: { name } })
  const entries = await api.db.prisma.creditEntry.findMany({
    where: { environmentId: environment.id },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
  const available = environment.creditTotal - environment.creditUsed
  expect(entries.reduce((sum, { delta }) => sum + delta, 0)).toBe(available)
  return { environment, entries, available }
}

describe('createEnvironment', () => {
  test('a new environment has its own credits and keys, and the owner works in it by its name', async () => {
    const made = await create({ name: 'staging-eu', kind: 'DEVELOPMENT', credits: 7 })
    expect(made.environment).toMatchObject({
      name: 'staging-eu',
      kind: 'DEVELOPMENT',
      credits: {
        total: 7,
        used: 0,
        available: 7,
        ledger: { edges: [{ node: { delta: 7, reason: 'GRANT', balance: 7, connection: null } }] },
      },
    })
    const asOwner = await api.ask(
      '{ viewer { kind environment { name } } environments { id name kind } credits { total } }',
      {
        environment: 'staging-eu',
      },
    )
    expect(asOwner.data).toMatchObject({
      viewer: { kind: 'OWNER', environment: { name: 'staging-eu' } },
      credits: { total: 7 },
      environments: [
        { name: 'production', kind: 'PRODUCTION' },
        { name: 'development' },
        { id: made.environment.id, name: 'staging-eu' },
        { name: 'testing' },
      ],
    })
    const { data } = await api.ask(
      `mutation { createApiKey(input: { name: "k", environment: "staging-eu", scopes: [CONNECTIONS_READ] }) { ... on CreateApiKeyPayload { key } } }`,
    )
    expect(data.createApiKey.key).toMatch(/^syn_dev_k/)
    const asKey = await api.ask(
      '{ viewer { environment { name } } environments { name } connections { totalCount } credits { total } }',
      {
        token: data.createApiKey.key,
      },
    )
    expect(asKey.data).toEqual({
      viewer: { environment: { name: 'staging-eu' } },
      environments: [{ name: 'staging-eu' }],
      connections: { totalCount: 0 },
      credits: { total: 7 },
    })
    const elsewhere = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ'] })
    const node = await api.ask('query ($id: ID!) { node(id: $id) { id } environments { name } }', {
      token: elsewhere.token,
      variables: { id: made.environment.id },
    })
    expect(node.data).toEqual({ node: null, environments: [{ name: 'production' }] })
  })

  test('100 credits unless told otherwise, and none is none', async () => {
    expect((await create({ name: 'default-credits', kind: 'TESTING' })).environment.credits.total).toBe(100)
    expect((await create({ name: 'null-credits', kind: 'TESTING', credits: null })).environment.credits.total).toBe(100)
    const { credits } = (await create({ name: 'no-credits', kind: 'TESTING', credits: 0 })).environment
    expect(credits).toMatchObject({ total: 0, available: 0, ledger: { edges: [] } })
  })

  test.each([
    '',
    ' ',
    'A',
    'Prod',
    '1st',
    '-a',
    'a-',
    'a_b',
    'a b',
    'a/b',
    'ä',
    'a\n',
    'x'.repeat(64),
    '*',
    'a=b',
    'a,b',
  ])('the name %j is refused', async (name) => {
    expect(await create({ name, kind: 'TESTING' })).toMatchObject({ code: 'VALIDATION_FAILED', path: ['name'] })
  })

  test('names are unique, also when several ask at once', async () => {
    expect(await create({ name: 'production', kind: 'TESTING' })).toMatchObject({ code: 'CONFLICT', path: ['name'] })
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => create({ name: 'once', kind: 'TESTING', credits: 3 })),
    )
    expect(answers.filter((answer) => answer.code === 'CONFLICT')).toHaveLength(7)
    expect((await expectTrueLedger('once')).entries).toHaveLength(1)
  })

  test('a number of credits that is none is refused', async () => {
    for (const credits of [-1, 1_000_000_001])
      expect(await create({ name: 'wrong', kind: 'TESTING', credits })).toMatchObject({ path: ['credits'] })
  })
})

describe('setCreditTotal', () => {
  test('raises and lowers the total, tells it in the ledger, and never goes below what is used', async () => {
    await addConnection(api.db, { environment: 'testing' })
    await addConnection(api.db, { environment: 'testing' })
    expect(await setTotal('testing', 150)).toMatchObject({
      credits: {
        total: 150,
        used: 2,
        available: 148,
        ledger: { edges: [{ node: { delta: 50, reason: 'GRANT', balance: 148 } }, {}, {}] },
      },
    })
    expect(await setTotal('testing', 2)).toMatchObject({
      credits: {
        total: 2,
        used: 2,
        available: 0,
        ledger: { edges: [{ node: { delta: -148, reason: 'REDUCE', balance: 0 } }, {}, {}] },
      },
    })
    const { entries } = await expectTrueLedger('testing')
    expect(await setTotal('testing', 1)).toMatchObject({
      code: 'CONFLICT',
      path: ['total'],
      message: expect.stringContaining('2 credits'),
    })
    expect(await setTotal('testing', -1)).toMatchObject({ code: 'VALIDATION_FAILED', path: ['total'] })
    expect(await setTotal('nowhere', 5)).toMatchObject({ code: 'NOT_FOUND', path: ['environment'] })
    expect((await setTotal('testing', 2)).credits.total).toBe(2)
    expect((await expectTrueLedger('testing')).entries).toEqual(entries)
  })

  test('against connects at once it never leaves fewer credits than are used, and the ledger sums to the balance', async () => {
    const connect = () => addConnection(api.db, { environment: 'development' }).catch(() => null)
    for (let round = 0; round < 5; round++) {
      const before = (await expectTrueLedger('development')).environment.creditUsed
      const [totals] = await Promise.all([
        Promise.all([12, 1, 6, 3, 9, 2, 20, 5].map((more) => setTotal('development', before + more))),
        ...Array.from({ length: 10 }, connect),
      ])
      for (const answer of totals) expect(answer?.__typename).toMatch(/^(SetCreditTotalPayload|ConflictError)$/)
    }
    const { environment, entries, available } = await expectTrueLedger('development')
    expect(environment.creditUsed).toBeLessThanOrEqual(environment.creditTotal)
    expect(await api.db.prisma.connection.count({ where: { environmentId: environment.id } })).toBe(
      environment.creditUsed,
    )
    expect(entries.map(({ balance }) => balance)).toContain(available)
  })

  test('who set it is in the audit log of the environment', async () => {
    await setTotal('production', 120)
    const { data } = await api.ask('{ auditLog(first: 1) { edges { node { actor action outcome } } } }')
    expect(data.auditLog.edges).toEqual([{ node: { actor: 'owner', action: 'CREDIT_TOTAL_SET', outcome: 'OK' } }])
  })
})

test('a refusal says that some things are for the owner alone', async () => {
  const { token } = await addApiKey(api.db, { scopes: ['KEYS_MANAGE'] })
  const { data, errors } = await api.ask(
    'mutation { createEnvironment(input: { name: "x", kind: TESTING }) { __typename } }',
    { token },
  )
  expect({ data, codes: errors.map(({ extensions }) => extensions.code) }).toEqual({ data: null, codes: ['FORBIDDEN'] })
  expect(errors[0]?.message).toContain("the owner's alone")
})
