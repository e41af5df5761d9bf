import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectionNode, runNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addEvents, addRun, endRun } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

test('the owner sees who they are, and chooses the environment by name', async () => {
  const query =
    '{ viewer { kind scopes connection { id } environment { name kind credits { total used available } } } }'
  const { data, errors } = await api.ask(query)
  expect(errors).toEqual([])
  expect(data.viewer).toMatchObject({
    kind: 'OWNER',
    connection: null,
    environment: { name: 'production', kind: 'PRODUCTION' },
  })
  expect(data.viewer.scopes).toContain('KEYS_MANAGE')
  const testing = await api.ask(query, { environment: 'testing' })
  expect(testing.data.viewer.environment).toMatchObject({
    name: 'testing',
    credits: { total: 100, used: 0, available: 100 },
  })
})

test('the catalog shows each system with the JSON Schemas of its input, secrets marked', async () => {
  const { data } = await api.ask('{ systems { key name category entities configSchema credentialsSchema creditCost } }')
  expect(data.systems).toMatchObject([{ key: 'paper', category: 'FILE', entities: ['PART', 'VENDOR'], creditCost: 1 }])
  expect(data.systems[0].credentialsSchema.properties.password).toMatchObject({ type: 'string', writeOnly: true })
  expect(data.systems[0].configSchema).toMatchObject({ type: 'object', properties: { shelf: { type: 'string' } } })
})

test('a connection shows its status, token, customer, schedule and entities', async () => {
  const connection = await addConnection(api.db, {
    customer: { externalId: 'c-1', name: 'Mill' },
    schedule: { every: 'PT15M' },
  })
  const { data, errors } = await api.ask(
    `query ($id: ID!) { connection(id: $id) {
      id name status statusReason historyDays creditCost config createdAt disconnectedAt customer { externalId name } system { key name }
      token { prefix lastFour lastUsedAt } environment { name } reconnectedFrom { id } reconnectedAs { id }
      entities { id entity enabled schedule { every cron timeZone paused } nextRunAt watermark recordCount currentRun { id } lastRun { id } }
    } }`,
    { variables: { id: connectionNode(connection.id) } },
  )
  expect(errors).toEqual([])
  expect(data.connection).toMatchObject({
    id: connectionNode(connection.id),
    status: 'ACTIVE',
    customer: { externalId: 'c-1', name: 'Mill' },
    system: { key: 'paper' },
    token: { lastFour: connection.token.slice(-4) },
    environment: { name: 'production' },
    reconnectedFrom: null,
  })
  expect(data.connection.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(data.connection.entities).toHaveLength(5)
  expect(data.connection.entities[0].schedule).toEqual({ every: 'PT15M', cron: null, timeZone: null, paused: false })
})

test('a run shows its entities, totals, events and its page in the Temporal UI', async () => {
  const { id } = await addConnection(api.db)
  const runId = await addRun(api.db, id, ['PART', 'VENDOR'])
  await api.db.pool.query('UPDATE entity_run SET fetched = 5, created = 2 WHERE sync_run_id = $1', [runId])
  const query = `query ($id: ID!) { syncRun(id: $id) {
    id mode trigger status workflowId workflowUrl requestedBy lastSequence totals { fetched created updated }
    entities { entity syncRunId mode status attempt counts { fetched heldDeletes } sourceBytes error { category } rejectedRecords(first: 5) { externalId } }
    events { type sequence syncRunId connectionId } connection { id entities { entity currentRun { status } lastRun { status } } }
  } }`
  const { data, errors } = await api.ask(query, { variables: { id: runNode(runId) } })
  expect(errors).toEqual([])
  expect(data.syncRun).toMatchObject({
    status: 'QUEUED',
    workflowUrl: `http://temporal.test/sync-run/${runId}`,
    lastSequence: '2',
    totals: { fetched: 10, created: 4, updated: 0 },
    events: [{ type: 'RUN_QUEUED', sequence: '2', syncRunId: runNode(runId), connectionId: connectionNode(id) }],
  })
  expect(data.syncRun.entities).toMatchObject([
    { entity: 'PART', syncRunId: runNode(runId) },
    { entity: 'VENDOR', syncRunId: runNode(runId) },
  ])
  const part = (answer: typeof data) =>
    answer.syncRun.connection.entities.find((state: { entity: string }) => state.entity === 'PART')
  expect(part(data)).toMatchObject({ currentRun: { status: 'QUEUED' }, lastRun: null })

  await endRun(api.db, id, runId)
  const ended = await api.ask(query, { variables: { id: runNode(runId) } })
  expect(part(ended.data)).toMatchObject({ currentRun: null, lastRun: { status: 'SUCCEEDED' } })
})

test('the events of a run come without its progress where that is asked for, whole pages of them', async () => {
  const { id } = await addConnection(api.db)
  const syncRunId = await addRun(api.db, id, ['PART'])
  const progress = { type: 'ENTITY_PROGRESS', syncRunId, entity: 'PART' } as const
  await addEvents(api.db, id, [progress, progress, { type: 'RUN_STARTED', syncRunId }, progress])
  await endRun(api.db, id, syncRunId)
  const typesOf = async (args: string) => {
    const { data } = await api.ask(`query ($id: ID!) { syncRun(id: $id) { events(${args}) { type } } }`, {
      variables: { id: runNode(syncRunId) },
    })
    return data.syncRun.events.map(({ type }: { type: string }) => type)
  }
  expect(await typesOf('first: 3, progress: false')).toEqual(['RUN_QUEUED', 'RUN_STARTED', 'RUN_FINISHED'])
  expect(await typesOf('first: 3')).toEqual(['RUN_QUEUED', 'ENTITY_PROGRESS', 'ENTITY_PROGRESS'])
  expect(await typesOf('last: 2, progress: false')).toEqual(['RUN_STARTED', 'RUN_FINISHED'])
  // its events follow that of the connection
  expect(await typesOf('last: 2, before: "5"')).toEqual(['ENTITY_PROGRESS', 'ENTITY_PROGRESS'])
})

test('connections are found by how stale their stalest enabled entity is', async () => {
  const succeeded = async (name: string, entities: Record<string, string | null>) => {
    const { id } = await addConnection(api.db, { name, environment: 'development' })
    await api.db.pool.query(`UPDATE entity_state SET last_successful_sync_at = '2026-06-03' WHERE connection_id = $1`, [
      id,
    ])
    for (const [entity, at] of Object.entries(entities))
      await api.db.pool.query(
        'UPDATE entity_state SET last_successful_sync_at = $3 WHERE connection_id = $1 AND entity = $2',
        [id, entity, at],
      )
    return id
  }
  await succeeded('Fresh', {})
  await succeeded('Stale', { PART: '2026-06-01' })
  await succeeded('Never', { VENDOR: null })
  const old = await succeeded('Left out', { ASSET: '2026-01-01' })
  await api.db.pool.query(`UPDATE entity_state SET enabled = false WHERE connection_id = $1 AND entity = 'ASSET'`, [
    old,
  ])
  const staleSince = async (moment: string) => {
    const query = `{ connections(filter: { staleSince: "${moment}" }) { edges { node { name } } } }`
    const { data } = await api.ask(query, { environment: 'development' })
    return data.connections.edges.map(({ node }: { node: { name: string } }) => node.name).toSorted()
  }
  expect(await staleSince('2026-06-02T00:00:00Z')).toEqual(['Never', 'Stale'])
  expect(await staleSince('2026-06-01T00:00:00Z')).toEqual(['Never'])
  expect(await staleSince('2026-06-04T00:00:00Z')).toEqual(['Fresh', 'Left out', 'Never', 'Stale'])
})

test('connections are filtered by status, system, customer and text', async () => {
  const { id } = await addConnection(api.db, { name: 'Needle', customer: { externalId: 'hay-7', name: 'Hay Stack' } })
  const found = async (filter: object) => {
    const query =
      'query ($filter: ConnectionFilter) { connections(filter: $filter) { totalCount edges { node { id } } } }'
    const { data } = await api.ask(query, { variables: { filter } })
    return data.connections.edges.map((edge: { node: { id: string } }) => edge.node.id)
  }
  for (const filter of [
    { search: 'nEEd' },
    { search: 'hay st' },
    { customerExternalId: 'hay-7' },
    { search: 'HAY-7', status: ['ACTIVE'] },
  ]) {
    expect(await found(filter)).toEqual([connectionNode(id)])
  }
  expect(await found({ customerExternalId: 'hay-7', status: ['PAUSED', 'DISCONNECTED'] })).toEqual([])
  expect(await found({ customerExternalId: 'hay-7', system: 'odata' })).toEqual([])
})

test('the credit ledger sums to what is available', async () => {
  const { data, errors } = await api.ask(
    '{ credits { available ledger(first: 200) { totalCount edges { node { delta balance reason connection { name } } } } } }',
  )
  expect(errors).toEqual([])
  const entries = data.credits.ledger.edges.map((edge: { node: { delta: number; balance: number } }) => edge.node)
  expect(entries.reduce((sum: number, entry: { delta: number }) => sum + entry.delta, 0)).toBe(data.credits.available)
  expect(entries.at(-1)).toMatchObject({ delta: 100, reason: 'GRANT', connection: null })
  expect(entries[0].connection.name).toEqual(expect.any(String))
})

describe('ids', () => {
  test('unknown, malformed and foreign ids are null', async () => {
    const foreign = await addConnection(api.db, { environment: 'testing' })
    const ids = [connectionNode(foreign.id), 'nonsense', '', connectionNode('not-a-uuid'), runNode(foreign.id)]
    for (const id of ids) {
      const { data, errors } = await api.ask(
        'query ($id: ID!) { connection(id: $id) { id } syncRun(id: $id) { id } node(id: $id) { id } }',
        {
          variables: { id },
        },
      )
      expect({ id, data, errors }).toEqual({ id, data: { connection: null, syncRun: null, node: null }, errors: [] })
    }
  })

  test('node finds every kind of object by its id', async () => {
    const { id } = await addConnection(api.db)
    const runId = await addRun(api.db, id)
    const key = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
    const { data } = await api.ask(
      '{ viewer { environment { id } } apiKeys(first: 1) { edges { node { id } } } connections(first: 1) { edges { node { id entities { id } syncRuns { edges { node { id entities { id } } } } } } } }',
    )
    const connection = data.connections.edges[0].node
    const run = connection.syncRuns.edges[0].node
    expect(run.id).toBe(runNode(runId))
    expect(key.token).toMatch(/^syn_prod_k/)
    const ids = [
      data.viewer.environment.id,
      data.apiKeys.edges[0].node.id,
      connection.id,
      connection.entities[0].id,
      run.id,
      run.entities[0].id,
    ]
    const names = ['Environment', 'ApiKey', 'Connection', 'EntityState', 'SyncRun', 'EntityRun']
    for (const [i, nodeOf] of ids.entries()) {
      const answer = await api.ask(
        'query ($id: ID!) { node(id: $id) { __typename id ... on Connection { entities { entity } } ... on SyncRun { entities { entity } totals { fetched } } } }',
        { variables: { id: nodeOf } },
      )
      expect(answer.errors).toEqual([])
      expect(answer.data.node).toMatchObject({ __typename: names[i], id: nodeOf })
    }
  })
})
