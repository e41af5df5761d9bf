import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityCodes } from '../../src/model/entity-type.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addRecords, addRun, endRun } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

const part = entityCodes.PART

/** A connection with five parts, and a run that has ended and holds three of them. */
async function held() {
  const connection = await addConnection(api.db)
  const externalIds = ['a', 'b', 'c', 'd', 'e']
  await addRecords(
    api.db,
    connection.key,
    'PART',
    externalIds.map((externalId, i) => ({ externalId, changeSeq: i + 1, number: `N-${externalId}` })),
  )
  const runId = await addRun(api.db, connection.id)
  const { id } = await api.db.prisma.entityRun.findFirstOrThrow({ where: { syncRunId: runId } })
  await api.db.prisma.heldDelete.createMany({
    data: ['a', 'b', 'c'].map((externalId, i) => ({ entityRunId: id, externalId, changeSeq: BigInt(i + 1) })),
  })
  await api.db.pool.query('UPDATE entity_run SET held_deletes = 3, fetched = 2, unchanged = 2 WHERE id = $1', [id])
  await api.db.pool.query(
    'UPDATE entity_state SET held_run_id = $2, change_seq = 5, record_count = 5 WHERE connection_id = $1 AND entity = $3',
    [connection.id, id, 'PART'],
  )
  await endRun(api.db, connection.id, runId)
  return { connection, runId, entityRunId: id }
}

/** The connection's PART has rejected records r0 … r<count - 1>. */
async function rejected(count: number) {
  const connection = await addConnection(api.db)
  const runId = await addRun(api.db, connection.id)
  const { id } = await api.db.prisma.entityRun.findFirstOrThrow({ where: { syncRunId: runId } })
  await api.db.prisma.rejectedRecord.createMany({
    data: Array.from({ length: count }, (_, i) => ({
      connectionKey: connection.key,
      entity: part,
      externalId: `r${i}`,
      entityRunId: id,
      reason: 'number is not text',
      raw: i === 0 ? '{"key":"r0","big":12345678901234567890}' : '{"key":',
      rejectedAt: new Date(1_700_000_000_000 + i),
    })),
  })
  return { connection, runId }
}

const decide = (mutation: 'confirmDeletes' | 'dismissDeletes', input: string) => `mutation ($run: ID!) {
  ${mutation}(input: { syncRunId: $run, ${input} }) {
    __typename
    ... on ${mutation === 'confirmDeletes' ? 'Confirm' : 'Dismiss'}DeletesPayload {
      syncRun { entities { counts { deleted heldDeletes } heldDeletions { totalCount } } }
    }
    ... on Error { code path message }
  }
}`

test('what waits for a decision is found by its entity, however many runs there were since', async () => {
  const { connection, runId } = await held()
  const heldRun = async () => {
    const { data, errors } = await api.ask(
      'query ($id: ID!) { connection(id: $id) { entities { entity heldRun { syncRunId heldDeletions { totalCount } } } } }',
      { variables: { id: connectionNode(connection.id) } },
    )
    expect(errors).toEqual([])
    const entities: { entity: string; heldRun: unknown }[] = data.connection.entities
    expect(entities.filter(({ entity }) => entity !== 'PART').every((each) => each.heldRun === null)).toBe(true)
    return entities.find(({ entity }) => entity === 'PART')?.heldRun
  }
  expect(await heldRun()).toEqual({ syncRunId: runNode(runId), heldDeletions: { totalCount: 3 } })
  await api.ask(decide('dismissDeletes', 'entity: PART'), { variables: { run: runNode(runId) } })
  expect(await heldRun()).toBeNull()
})

test('what a run holds back can be read, page by page, with its records, and confirmed', async () => {
  const { connection, runId } = await held()
  const query = `query ($run: ID!, $after: String) { syncRun(id: $run) { entities { counts { heldDeletes }
    heldDeletions(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { externalId record { externalId number deletedAt } } } } } } }`
  const first = await api.ask(query, { variables: { run: runNode(runId) } })
  expect(first.errors).toEqual([])
  const [entity] = first.data.syncRun.entities
  expect(entity).toMatchObject({
    counts: { heldDeletes: 3 },
    heldDeletions: { totalCount: 3, pageInfo: { hasNextPage: true } },
  })
  expect(entity.heldDeletions.edges[0].node).toEqual({
    externalId: 'a',
    record: { externalId: 'a', number: 'N-a', deletedAt: null },
  })
  const after = entity.heldDeletions.pageInfo.endCursor
  const second = await api.ask(query, { variables: { run: runNode(runId), after } })
  expect(second.data.syncRun.entities[0].heldDeletions).toMatchObject({
    pageInfo: { hasNextPage: false },
    edges: [{ node: { externalId: 'c' } }],
  })

  for (let i = 0; i < 2; i++) {
    const { data, errors } = await api.ask(decide('confirmDeletes', 'entity: PART'), {
      variables: { run: runNode(runId) },
    })
    expect(errors).toEqual([])
    expect(data.confirmDeletes).toEqual({
      __typename: 'ConfirmDeletesPayload',
      syncRun: { entities: [{ counts: { deleted: 3, heldDeletes: 0 }, heldDeletions: { totalCount: 0 } }] },
    })
  }
  const list = await api.ask(
    'query ($id: ID!) { connection(id: $id) { records(entity: PART) { totalCount } changes(entity: PART) { changes { kind record { externalId } } } } }',
    {
      variables: { id: connectionNode(connection.id) },
    },
  )
  expect(list.data.connection.records.totalCount).toBe(2)
  expect(
    list.data.connection.changes.changes.filter((change: { kind: string }) => change.kind === 'DELETED'),
  ).toHaveLength(3)
})

test('dismissed, they stay; both decisions name what is wrong, and neither crosses a wall', async () => {
  const { runId } = await held()
  const variables = { run: runNode(runId) }
  const dismissed = await api.ask(decide('dismissDeletes', 'entity: PART'), { variables })
  expect(dismissed.data.dismissDeletes).toMatchObject({
    __typename: 'DismissDeletesPayload',
    syncRun: { entities: [{ counts: { deleted: 0, heldDeletes: 0 } }] },
  })
  const other = await api.ask(decide('confirmDeletes', 'entity: VENDOR'), { variables })
  expect(other.data.confirmDeletes).toMatchObject({ __typename: 'ValidationError', path: ['entity'] })
  const noRun = await api.ask(decide('confirmDeletes', 'entity: PART'), { variables: { run: 'nonsense' } })
  expect(noRun.data.confirmDeletes).toMatchObject({ code: 'NOT_FOUND', path: ['syncRunId'] })
  const stranger = await addApiKey(api.db, {
    environment: 'testing',
    scopes: ['SYNCS_WRITE', 'SYNCS_READ', 'RECORDS_READ'],
  })
  const walled = await api.ask(decide('confirmDeletes', 'entity: PART'), { variables, token: stranger.token })
  expect(walled.data.confirmDeletes).toMatchObject({ code: 'NOT_FOUND', path: ['syncRunId'] })
  const reader = await addApiKey(api.db, { scopes: ['SYNCS_READ', 'RECORDS_READ'] })
  const unscoped = await api.ask(decide('confirmDeletes', 'entity: PART'), { variables, token: reader.token })
  expect(unscoped.errors[0]?.extensions.code).toBe('FORBIDDEN')
})

test('a finished run with a decision behind its end still replays and completes', async () => {
  const { runId } = await held()
  await api.ask(decide('confirmDeletes', 'entity: PART'), { variables: { run: runNode(runId) } })
  const { data } = await api.ask(
    'query ($run: ID!) { syncRun(id: $run) { status events { type entity counts { deleted heldDeletes } message } } }',
    {
      variables: { run: runNode(runId) },
    },
  )
  expect(data.syncRun.status).toBe('SUCCEEDED')
  expect(data.syncRun.events.at(-1)).toEqual({
    type: 'DELETES_CONFIRMED',
    entity: 'PART',
    counts: { deleted: 3, heldDeletes: 0 },
    message: '3 records were deleted as confirmed.',
  })
  const response = await fetch(
    `${api.url}?${new URLSearchParams({ query: `subscription { syncProgress(syncRunId: "${runNode(runId)}") { type } }` })}`,
    {
      headers: { accept: 'text/event-stream', authorization: 'Bearer the-owner-key-of-the-tests-0123456789' },
    },
  )
  const stream = await response.text() // it ends
  expect(stream).toContain('RUN_FINISHED')
  expect(stream).toContain('DELETES_CONFIRMED')
})

test('rejected records can be read on the connection, page by page, with reason and payload', async () => {
  const { connection, runId } = await rejected(5)
  const query = `query ($id: ID!, $after: String) { connection(id: $id) { rejectedRecords(entity: PART, first: 3, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { externalId reason rejectedAt payload } } } other: rejectedRecords(entity: VENDOR) { totalCount } } }`
  const first = await api.ask(query, { variables: { id: connectionNode(connection.id) } })
  expect(first.errors).toEqual([])
  const page = first.data.connection.rejectedRecords
  expect(first.data.connection.other.totalCount).toBe(0)
  expect(page).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true } })
  expect(page.edges.map((edge: { node: object }) => edge.node).slice(0, 2)).toEqual([
    {
      externalId: 'r0',
      reason: 'number is not text',
      rejectedAt: '2023-11-14T22:13:20.000Z',
      payload: { key: 'r0', big: '12345678901234567890' },
    },
    { externalId: 'r1', reason: 'number is not text', rejectedAt: '2023-11-14T22:13:20.001Z', payload: '{"key":' },
  ])
  const second = await api.ask(query, {
    variables: { id: connectionNode(connection.id), after: page.pageInfo.endCursor },
  })
  expect(
    second.data.connection.rejectedRecords.edges.map((edge: { node: { externalId: string } }) => edge.node.externalId),
  ).toEqual(['r3', 'r4'])
  const ofRun = await api.ask(
    'query ($run: ID!) { syncRun(id: $run) { entities { rejectedRecords(first: 1) { externalId payload } } } }',
    {
      variables: { run: runNode(runId) },
    },
  )
  expect(ofRun.data.syncRun.entities[0].rejectedRecords).toEqual([
    { externalId: 'r0', payload: { key: 'r0', big: '12345678901234567890' } },
  ])
})

test('a rejected payload needs the scope that raw needs, and a connection token does not have it', async () => {
  const { connection } = await rejected(1)
  const reader = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ', 'RECORDS_READ'] })
  const query =
    'query ($id: ID!) { connection(id: $id) { rejectedRecords(entity: PART) { edges { node { reason payload } } } } }'
  for (const token of [reader.token, connection.token]) {
    const { data, errors } = await api.ask(query, { variables: { id: connectionNode(connection.id) }, token })
    expect(data.connection.rejectedRecords.edges).toEqual([{ node: { reason: 'number is not text', payload: null } }])
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  }
})

test('completeness is false until a run has succeeded, when records were rejected, and when the source counted more than is held', async () => {
  const { runId, entityRunId } = await held()
  const ask = async (changes: string) => {
    await api.db.pool.query(`UPDATE entity_run SET ${changes} WHERE id = $1`, [entityRunId])
    const fields = 'sourceCount sourceCountAtEnd held windowStart windowEnd pages overlapHits rejected complete'
    const { data, errors } = await api.ask(
      `query ($run: ID!) { syncRun(id: $run) { entities { completeness { ${fields} } } } }`,
      {
        variables: { run: runNode(runId) },
      },
    )
    expect(errors).toEqual([])
    return data.syncRun.entities[0].completeness
  }
  const found = await ask(
    'estimated_total = 10, source_count_end = 12, held_in_window = 11, pages = 2, overlap_hits = 1',
  )
  expect(found).toMatchObject({
    sourceCount: 10,
    sourceCountAtEnd: 12,
    held: 11,
    pages: 2,
    overlapHits: 1,
    rejected: 0,
    complete: true,
  })
  expect(await ask('held_in_window = 9')).toMatchObject({ complete: false })
  expect(await ask('held_in_window = 10, rejected = 1')).toMatchObject({ complete: false })
  expect(await ask(`rejected = 0, status = 'FAILED'`)).toMatchObject({ complete: false })
  expect(await ask(`status = 'SUCCEEDED', estimated_total = NULL, source_count_end = NULL`)).toMatchObject({
    sourceCount: null,
    complete: true,
  })
})
