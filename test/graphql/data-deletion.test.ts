import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { entityCodes } from '../../src/model/entity-type.ts'
import { nodeId, recordKey } from '../../src/graphql/node-id.ts'
import { deleteData } from '../../src/store/data-delete.ts'
import { doomedEntities, endDeletion } from '../../src/store/data-deletion.ts'
import { connectionQuery, openSocket } from '../events/subscriber.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from './api.ts'
import { addConnection, addRecords, addRun, endRun } from './rows.ts'

let api: TestApi
const open: { dispose(): unknown }[] = []

beforeAll(async () => {
  api = await startTestApi()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.dispose()))
})
afterAll(() => api.stop())

const externalIds = ['a', 'b', 'c', 'd', 'e']

/** A disconnected connection with five parts, two vendors, a rejected part, and a run that read them. */
async function disconnected() {
  const connection = await addConnection(api.db)
  const { id, key } = connection
  await addRecords(
    api.db,
    key,
    'PART',
    externalIds.map((externalId, i) => ({ externalId, changeSeq: i + 1, raw: '{"secret":1}' })),
  )
  await addRecords(api.db, key, 'VENDOR', [{ externalId: 'v' }, { externalId: 'w' }])
  const runId = await addRun(api.db, id)
  const run = await api.db.prisma.entityRun.findFirstOrThrow({ where: { syncRunId: runId } })
  await api.db.pool.query(
    `INSERT INTO rejected_record VALUES ($1, $2, 'bad', $3, 'number is not text', '{"raw":true}', now())`,
    [key, entityCodes.PART, run.id],
  )
  await api.db.pool.query(
    `UPDATE entity_state SET record_count = 5, change_seq = 5 WHERE connection_id = $1 AND entity = 'PART'`,
    [id],
  )
  await endRun(api.db, id, runId)
  await api.ask('mutation ($id: ID!) { disconnectConnection(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connectionNode(id) },
  })
  return { ...connection, runId }
}

const mutation = `mutation ($input: DeleteConnectionDataInput!) { deleteConnectionData(input: $input) {
  __typename ... on DeleteConnectionDataPayload { connection { status dataDeletedAt } } ... on Error { code message path } } }`

async function ask(id: string, entities?: string[]) {
  const input = { connectionId: connectionNode(id), ...(entities ? { entities } : {}) }
  const { data, errors } = await api.ask(mutation, { variables: { input } })
  expect(errors).toEqual([])
  return data.deleteConnectionData
}

/** What the workflow does. */
async function deleteAll(connectionId: string) {
  for (const doomed of await doomedEntities(api.db, connectionId)) {
    for await (const _ of deleteData(api.db, doomed));
    await endDeletion(api.db, doomed)
  }
}

async function read({ id, key, runId }: { id: string; key: number; runId: string }, after: string | null = null) {
  const answer = await api.ask(
    `query ($id: ID!, $part: ID!, $run: ID!, $after: String) {
      connection(id: $id) {
        dataDeletedAt
        entities { entity recordCount dataDeletionRequestedAt dataDeletedAt }
        parts { totalCount edges { node { externalId raw } } }
        records(entity: PART, filter: { includeDeleted: true }) { totalCount }
        changes(entity: PART, after: $after) { changes { kind record { externalId } } endCursor hasMore dataDeletionRequestedAt }
        rejectedRecords(entity: PART) { totalCount edges { node { payload } } }
        vendors { totalCount }
      }
      node(id: $part) { id }
      syncRun(id: $run) { status events { type } entities { counts { created } rejectedRecords { externalId } heldDeletions { totalCount } } }
    }`,
    { variables: { id: connectionNode(id), part: nodeId('Part', recordKey(key, 'a')), run: runNode(runId), after } },
  )
  expect(answer.errors).toEqual([])
  const state = answer.data.connection.entities.find(({ entity }: { entity: string }) => entity === 'PART')
  return { ...answer.data.connection, state, node: answer.data.node, run: answer.data.syncRun }
}

const empty = {
  parts: { totalCount: 0, edges: [] },
  records: { totalCount: 0 },
  rejectedRecords: { totalCount: 0, edges: [] },
  vendors: { totalCount: 2 },
  node: null,
  run: { status: 'SUCCEEDED', entities: [{ rejectedRecords: [], heldDeletions: { totalCount: 0 } }] },
}

test('reads answer nothing at once and when it is done, the feed says why, and the history stays', async () => {
  const it = await disconnected()
  const before = await read(it)
  expect(before).toMatchObject({
    parts: { totalCount: 5 },
    changes: { dataDeletionRequestedAt: null },
    state: { recordCount: 5 },
  })
  const cursor: string = before.changes.endCursor

  expect(await ask(it.id, ['PART'])).toEqual({
    __typename: 'DeleteConnectionDataPayload',
    connection: { status: 'DISCONNECTED', dataDeletedAt: null },
  })
  const meanwhile = await read(it, cursor)
  const at = meanwhile.state.dataDeletionRequestedAt
  expect(meanwhile).toMatchObject({ ...empty, state: { recordCount: 0, dataDeletedAt: null } })
  expect(meanwhile.changes).toEqual({ changes: [], endCursor: cursor, hasMore: false, dataDeletionRequestedAt: at })
  expect(at).toEqual(expect.any(String))
  expect(meanwhile.run.events).toEqual(before.run.events)

  await deleteAll(it.id)
  const after = await read(it, cursor)
  expect(after).toMatchObject({
    ...empty,
    dataDeletedAt: null,
    state: { recordCount: 0, dataDeletedAt: expect.any(String) },
  })
  expect(after.changes).toEqual(meanwhile.changes)
  expect(await read(it)).toMatchObject({
    changes: { changes: [], endCursor: null, hasMore: false, dataDeletionRequestedAt: at },
  })

  await ask(it.id)
  await deleteAll(it.id)
  expect(await read(it)).toMatchObject({ ...empty, vendors: { totalCount: 0 }, dataDeletedAt: expect.any(String) })
})

test('whatever the API reads of records asks whether they were deleted', () => {
  const source = (path: string) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
  const readers = readdirSync(new URL('../../src/store', import.meta.url)).filter((name) =>
    /(FROM|JOIN) (record|rejected_record|held_delete)\b/.test(source(`store/${name}`)),
  )
  const api = ['graphql', 'graphql/types']
    .flatMap((folder) =>
      readdirSync(new URL(`../../src/${folder}`, import.meta.url)).map((name) => `${folder}/${name}`),
    )
    .filter((name) => name.endsWith('.ts'))
    .map(source)
    .join('\n')
  const used = readers.filter((name) => api.includes(`store/${name}'`))
  expect(used.length).toBeGreaterThan(5)
  expect(used.filter((name) => !source(`store/${name}`).includes("from './deleted-data.ts'"))).toEqual([])
})

test('a reader in the middle of a list is told that it has not got the whole of it', async () => {
  const it = await disconnected()
  const page = (args: string) =>
    api.ask(`query ($id: ID!) { connection(id: $id) { parts(${args}) { edges { node { externalId } cursor } } } }`, {
      variables: { id: connectionNode(it.id) },
    })
  const first = await page('first: 2')
  const cursor = first.data.connection.parts.edges[1].cursor
  const beyond = (await page('first: 200')).data.connection.parts.edges[4].cursor
  expect((await page(`first: 2, after: "${beyond}"`)).data.connection.parts.edges).toEqual([]) // the end, without a deletion
  await ask(it.id)
  for (const args of [`first: 2, after: "${cursor}"`, `last: 2, before: "${cursor}"`]) {
    const { errors } = await page(args)
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' }, message: expect.stringContaining('deleted') },
    ])
  }
  expect((await page('first: 2')).data.connection.parts.edges).toEqual([])
})

test('what cannot be is refused: a connection that is not disconnected, entities that it has not, ids that are none', async () => {
  const connected = await addConnection(api.db)
  const { id } = await disconnected()
  expect(await ask(connected.id)).toMatchObject({ code: 'CONFLICT', path: ['connectionId'] })
  await api.ask('mutation ($id: ID!) { pauseConnection(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connectionNode(connected.id) },
  })
  expect(await ask(connected.id)).toMatchObject({ code: 'CONFLICT' })
  expect(await ask(id, [])).toMatchObject({ code: 'VALIDATION_FAILED', path: ['entities'] })
  expect(await ask(id, ['PART', 'INVOICE'])).toMatchObject({ code: 'VALIDATION_FAILED', path: ['entities', '1'] })
  expect(await ask('00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 'NOT_FOUND', path: ['connectionId'] })
  const { data } = await api.ask(mutation, { variables: { input: { connectionId: 'nonsense' } } })
  expect(data.deleteConnectionData).toMatchObject({ code: 'NOT_FOUND' })
  const states = await api.db.prisma.entityState.findMany({ where: { connectionId: { in: [id, connected.id] } } })
  expect(states.every(({ deletionAskedAt }) => deletionAskedAt === null)).toBe(true)
})

test('who asked for what is in the audit log, once; the ledger is as it was; a key that follows the connection sees the event', async () => {
  const it = await disconnected()
  const socket = openSocket(api.webSocketUrl)
  open.push(socket)
  const { received } = socket.subscribe(connectionQuery, { id: connectionNode(it.id), after: '0' })
  const ledger = () => api.db.prisma.creditEntry.findMany({ where: { connectionId: it.id } })
  const before = await ledger()
  for (const entities of [['PART'], ['PART', 'VENDOR'], undefined, undefined]) await ask(it.id, entities)
  await deleteAll(it.id)
  await received.count(await api.db.prisma.event.count({ where: { connectionId: it.id } }))
  expect(received.events.at(-1)).toMatchObject({ type: 'CONNECTION_DATA_DELETED', entity: null })
  expect(received.sequences).toEqual(received.sequences.map((_, i) => i + 1))
  const audit = await api.db.prisma.auditEntry.findMany({
    where: { action: 'CONNECTION_DATA_DELETE', target: { startsWith: it.id } },
    orderBy: { id: 'asc' },
  })
  expect(audit.map(({ target, actor, outcome }) => ({ target, actor, outcome }))).toEqual(
    [`${it.id}/PART`, `${it.id}/VENDOR`, it.id].map((target) => ({ target, actor: 'owner', outcome: 'OK' })),
  )
  expect(await ledger()).toEqual(before)
})
