import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ChangePage, createChangeStreams } from '../../src/events/change-stream.ts'
import { createEventHub } from '../../src/events/hub.ts'
import { encodeCursor } from '../../src/graphql/paging.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import { announceNews } from '../../src/store/announce.ts'
import { transaction } from '../../src/store/transaction.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { openSocket, openStream, type Received } from './subscriber.ts'

let api: TestApi
const open: (() => unknown)[] = []

beforeAll(async () => {
  api = await startTestApi()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stop) => stop()))
})
afterAll(() => api.stop())

interface Page {
  changes: { kind: string; cursor: string; record: { externalId: string; raw?: unknown; vendor?: { name: string } } }[]
  endCursor: string | null
  hasMore: boolean
  dataDeletionRequestedAt: string | null
}

const pageFields =
  '{ changes { kind cursor record { externalId ... on PurchaseOrder { vendor { name } } } } endCursor hasMore dataDeletionRequestedAt }'
const changesQuery = (fields = pageFields) =>
  `subscription ($id: ID!, $entity: EntityType!, $after: String, $first: Int) {
    recordChanges(connectionId: $id, entity: $entity, after: $after, first: $first) ${fields} }`

const pagesOf = (received: Received) => received.events as unknown as Page[] // what the query above selects
const keysOf = (received: Received) =>
  pagesOf(received).flatMap(({ changes }) => changes.map(({ record }) => record.externalId))

async function until(received: Received, records: number) {
  for (let pages = 1; keysOf(received).length < records; pages++) await received.count(pages)
}

function follow(
  id: string,
  options: {
    token?: string
    after?: string | null
    first?: number
    entity?: string
    fields?: string
    url?: string
  } = {},
) {
  const { token, after = null, first = 3, entity = 'PART', fields, url = api.webSocketUrl } = options
  const socket = openSocket(url, token === undefined ? {} : { token })
  open.push(socket.dispose)
  const variables = { id: connectionNode(id), entity, after, first }
  return { socket, received: socket.subscribe(changesQuery(fields), variables).received }
}

/** Records, and their numbers reserved, in one transaction; no event tells of it, as of a batch that follows another closely. */
async function commit(
  connection: { id: string; key: number },
  externalIds: string[],
  { entity = 'PART', data = {} }: { entity?: 'PART' | 'VENDOR' | 'PURCHASE_ORDER'; data?: object } = {},
) {
  await transaction(api.db, async (client) => {
    announceNews(client, connection.id)
    const { rows } = await client.query<{ change_seq: string }>(
      `UPDATE entity_state SET change_seq = change_seq + $3 WHERE connection_id = $1 AND entity = $2::"EntityType" RETURNING change_seq`,
      [connection.id, entity, externalIds.length],
    )
    const last = Number(rows[0]?.change_seq)
    for (const [i, externalId] of externalIds.entries()) {
      const changeSeq = last - externalIds.length + 1 + i
      await client.query(
        `INSERT INTO record (connection_key, entity, external_id, change_seq, created_seq, content_hash, first_seen_at, updated_at, data, raw)
         VALUES ($1, $2, $3, $4, $4, ''::bytea, now(), now(), $5, '{"of":"the source"}')
         ON CONFLICT (connection_key, entity, external_id) DO UPDATE SET change_seq = excluded.change_seq, data = excluded.data`,
        [connection.key, entityCodes[entity], externalId, changeSeq, JSON.stringify(data)],
      )
    }
  })
}

const trusting = { credential: 'trusted', confirm: async () => {} }
const named = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}${i}`)

const disconnect = (id: string) =>
  api.ask('mutation ($id: ID!) { disconnectConnection(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connectionNode(id) },
  })
const deleteData = (id: string) =>
  api.ask('mutation ($id: ID!) { deleteConnectionData(input: { connectionId: $id }) { __typename } }', {
    variables: { id: connectionNode(id) },
  })

describe('the change feed as a stream', () => {
  test('from the start in pages, then live; from any cursor in any process; none twice and none missing while several write', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, named('old', 7))
    const { received, socket } = follow(connection.id)
    await until(received, 7)
    expect(pagesOf(received).map(({ changes, hasMore }) => [changes.length, hasMore])).toEqual([
      [3, true],
      [3, true],
      [1, false],
    ])
    const writing = ['a', 'b', 'c'].map(async (writer) => {
      for (let i = 0; i < 8; i++) await commit(connection, named(`${writer}${i}-`, 2))
    })
    await until(received, 20)
    await socket.dispose()
    const soFar = keysOf(received)
    const after = pagesOf(received).at(-1)?.endCursor ?? null
    const elsewhere = (await api.startAnother()).replace('http', 'ws')
    const rest = follow(connection.id, { after, url: elsewhere }).received
    await Promise.all(writing)
    await until(rest, 7 + 48 - soFar.length)
    const { rows } = await api.db.pool.query<{ external_id: string }>(
      'SELECT external_id FROM record WHERE connection_key = $1 ORDER BY change_seq',
      [connection.key],
    )
    expect([...soFar, ...keysOf(rest)]).toEqual(rows.map((row) => row.external_id))
  })

  test('over SSE, woken by a commit that no event tells of', async () => {
    const connection = await addConnection(api.db)
    const variables = { id: connectionNode(connection.id), entity: 'PART' }
    const stream = await openStream(api.url, changesQuery(), variables, { token: connection.token })
    open.push(stream.stop)
    await commit(connection, ['x'], { entity: 'VENDOR' })
    await commit(connection, ['x'])
    await stream.received.count(1)
    expect(pagesOf(stream.received)[0]).toMatchObject({
      changes: [{ kind: 'CREATED', record: { externalId: 'x' } }],
      endCursor: pagesOf(stream.received)[0]?.changes[0]?.cursor,
      hasMore: false,
      dataDeletionRequestedAt: null,
    })
  })

  test('the next page is read only when the last was taken', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, named('r', 9))
    const hub = createEventHub({ url: api.db.url, pool: api.db.pool, line: api.db.pool, onError: () => {}, pollMs: 20 })
    const pages: unknown[] = []
    let looks = 0
    const pool = new Proxy(api.db.pool, {
      get(target, name) {
        if (name !== 'query') return Reflect.get(target, name)
        return async (text: string, values: unknown[]) => {
          const { rows } = await target.query(text, values)
          if (text.includes('change_seq > $3')) pages.push(rows)
          return { rows }
        }
      },
    })
    const stream = await createChangeStreams({ pool, hub }).of(connection, 'PART', { after: null, limit: 3 }, trusting)
    hub.onConfirm(() => {
      looks += 1
    })
    const sequences = ({ value }: { value?: ChangePage | undefined }) => value?.changes.map(({ sequence }) => sequence)
    expect(sequences(await stream.next())).toEqual([1n, 2n, 3n])
    const before = looks
    await eventually('some polls', () => looks > before + 3)
    expect(pages).toHaveLength(1)
    expect(sequences(await stream.next())).toEqual([4n, 5n, 6n])
    expect(pages).toHaveLength(2)
    await stream.return?.()
    await hub.close()
  })

  test('a page ends where its records weigh too much for one message', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, named('heavy', 7), { data: { name: randomBytes(300_000).toString('base64') } })
    const { received } = follow(connection.id, { first: 100, fields: '{ changes { record { externalId } } hasMore }' })
    await until(received, 7)
    expect(keysOf(received)).toEqual(named('heavy', 7))
    expect(pagesOf(received).map(({ changes, hasMore }) => [changes.length, hasMore])).toEqual([
      [2, true],
      [2, true],
      [2, true],
      [1, false],
    ])
  })

  test('what one page has read of other records is not remembered for the next', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, ['v'], { entity: 'VENDOR', data: { name: 'Before' } })
    await commit(connection, ['p1'], { entity: 'PURCHASE_ORDER', data: { vendorExternalId: 'v' } })
    const { received } = follow(connection.id, { entity: 'PURCHASE_ORDER' })
    await received.count(1)
    await commit(connection, ['v'], { entity: 'VENDOR', data: { name: 'After' } })
    await commit(connection, ['p2'], { entity: 'PURCHASE_ORDER', data: { vendorExternalId: 'v' } })
    await received.count(2)
    const names = pagesOf(received).flatMap(({ changes }) => changes.map(({ record }) => record.vendor?.name))
    expect(names).toEqual(['Before', 'After'])
  })
})

describe('who may follow it, and until when', () => {
  test('it takes RECORDS_READ in the environment of the connection, and the payload RECORDS_RAW_READ', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, ['x'])
    const [progress, records, raw, foreign] = await Promise.all([
      addApiKey(api.db, { scopes: ['SYNCS_READ'] }),
      addApiKey(api.db, { scopes: ['RECORDS_READ'] }),
      addApiKey(api.db, { scopes: ['RECORDS_READ', 'RECORDS_RAW_READ'] }),
      addApiKey(api.db, { scopes: ['RECORDS_READ'], environment: 'testing' }),
    ])
    const fields = '{ changes { record { externalId raw } } }'
    const answers: unknown[] = []
    for (const { token } of [progress, records, raw, foreign]) {
      const { received } = follow(connection.id, { token, fields })
      await Promise.race([received.count(1), received.ended])
      const codes = received.errors.map(({ extensions }) => extensions.code)
      answers.push([codes, pagesOf(received)[0]?.changes[0]?.record.raw])
    }
    expect(answers).toEqual([
      [['FORBIDDEN'], undefined],
      [['FORBIDDEN'], null],
      [[], { of: 'the source' }],
      [['BAD_USER_INPUT'], undefined],
    ])
  })

  test('what is no cursor, and a page of nothing, are refused', async () => {
    const connection = await addConnection(api.db)
    for (const options of [{ after: 'nonsense' }, { first: 0 }, { first: 201 }]) {
      const { received } = follow(connection.id, options)
      await received.ended
      expect(received.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
  })

  test('a cursor of another feed, or beyond its newest change, is refused; one from before they named their feed is not', async () => {
    const connection = await addConnection(api.db)
    const other = await addConnection(api.db)
    for (const owner of [connection, other]) await commit(owner, named('r', 4))
    await commit(connection, named('v', 4), { entity: 'VENDOR' })
    const cursorAt = async (owner: { id: string }, entity = 'PART') => {
      const { received } = follow(owner.id, { entity })
      await received.count(1)
      return pagesOf(received)[0]?.endCursor ?? null
    }
    const unnamed = (sequence: number) => encodeCursor([`${sequence}`])
    for (const after of [await cursorAt(other), await cursorAt(connection, 'VENDOR'), unnamed(5)]) {
      const { received } = follow(connection.id, { after })
      await received.ended
      expect(received.errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    }
    for (const after of [await cursorAt(connection), unnamed(3)]) {
      const { received } = follow(connection.id, { after })
      await received.count(1)
      expect(keysOf(received)).toEqual(['r3'])
    }
    const { received } = follow(connection.id, { after: unnamed(4) })
    await commit(connection, ['live'])
    await received.count(1)
    expect(keysOf(received)).toEqual(['live'])
  })

  test('a disconnect ends it at once for the token; a key is given all that was committed, then it completes', async () => {
    const connection = await addConnection(api.db)
    const key = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
    await commit(connection, named('r', 4))
    const own = follow(connection.id, { token: connection.token })
    const others = follow(connection.id, { token: key.token }).received
    await Promise.all([until(own.received, 4), until(others, 4)])
    await disconnect(connection.id)
    expect((await own.socket.close).code).toBe(4401)
    await others.ended
    expect(others.errors).toEqual([])
    // afterwards it is read the same way
    const later = follow(connection.id, { token: key.token }).received
    await later.ended
    expect([keysOf(others), keysOf(later), later.errors]).toEqual([named('r', 4), named('r', 4), []])
  })

  test('a revoked key loses it', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, ['x'])
    const key = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
    const { socket, received } = follow(connection.id, { token: key.token })
    await received.count(1)
    await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [key.id])
    expect((await socket.close).code).toBe(4401)
  })

  test('deleted data are told as such, not one by one, also to who is in the middle of them', async () => {
    const connection = await addConnection(api.db)
    await commit(connection, named('r', 9))
    await disconnect(connection.id)
    const hub = createEventHub({ url: api.db.url, pool: api.db.pool, line: api.db.pool, onError: () => {} })
    const streams = createChangeStreams({ pool: api.db.pool, hub })
    const slow = await streams.of(connection, 'PART', { after: null, limit: 3 }, trusting)
    await slow.next()
    await deleteData(connection.id)
    expect((await slow.next()).value).toMatchObject({ changes: [], reached: 3n, deletionAskedAt: expect.any(Date) })
    expect(await slow.next()).toEqual({ done: true, value: undefined })
    await hub.close()
    const { received } = follow(connection.id)
    await received.ended
    expect(pagesOf(received)).toEqual([
      { changes: [], endCursor: null, hasMore: false, dataDeletionRequestedAt: expect.any(String) },
    ])
  })
})
