import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeCursor } from '../../src/graphql/paging.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, addRecords, type NewRecord } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

async function filled(entity: SyncedEntity, records: readonly NewRecord[]) {
  const connection = await addConnection(api.db)
  await addRecords(api.db, connection.key, entity, records)
  return connection
}

interface Edge {
  cursor: string
  node: { externalId: string }
}

describe('paging', () => {
  // ties, neighbours that differ by a microsecond, and records without a time
  const records: NewRecord[] = [
    ...['a', 'b', 'c', 'd'].map((externalId) => ({
      externalId,
      sourceUpdatedAt: '2026-01-01T00:00:00.000500Z',
      number: 'N1',
    })),
    { externalId: 'e', sourceUpdatedAt: '2026-01-01T00:00:00.000501Z', number: 'N2' },
    { externalId: 'f', sourceUpdatedAt: '2026-01-02T00:00:00Z', number: null },
    ...['x', 'y', 'z'].map((externalId) => ({ externalId, sourceUpdatedAt: null, number: 'N0' })),
  ]
  const expected = {
    SOURCE_UPDATED_AT_DESC: ['f', 'e', 'd', 'c', 'b', 'a', 'z', 'y', 'x'],
    SOURCE_UPDATED_AT_ASC: ['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y', 'z'],
    NUMBER_ASC: ['x', 'y', 'z', 'a', 'b', 'c', 'd', 'e', 'f'],
  }

  const query = `query ($id: ID!, $orderBy: RecordOrder, $first: Int, $after: String, $last: Int, $before: String) { connection(id: $id) {
    parts(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { externalId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`

  for (const [orderBy, order] of Object.entries(expected)) {
    for (const size of [1, 2, 4]) {
      test(`${orderBy} in pages of ${size} tells every record once, forward and backward, over ties and missing values`, async () => {
        const id = connectionNode((await filled('PART', records)).id)
        const walk = async (backward: boolean) => {
          const pages: string[][] = []
          for (let cursor: string | null = null, more = true; more; ) {
            const variables = backward
              ? { id, orderBy, last: size, before: cursor }
              : { id, orderBy, first: size, after: cursor }
            const { data, errors } = await api.ask(query, { variables })
            expect(errors).toEqual([])
            const { edges, pageInfo } = data.connection.parts
            pages.push(edges.map((edge: Edge) => edge.node.externalId))
            more = backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage
            cursor = backward ? pageInfo.startCursor : pageInfo.endCursor
          }
          return pages
        }
        expect((await walk(false)).flat()).toEqual(order)
        expect((await walk(true)).reverse().flat()).toEqual(order)
      })
    }
  }

  test('page sizes and cursors that cannot be are refused with BAD_USER_INPUT', async () => {
    const id = connectionNode((await filled('PART', records)).id)
    const { data } = await api.ask(query, { variables: { id, first: 1 } })
    const after = data.connection.parts.pageInfo.endCursor
    const wrong = [
      { first: -1 },
      { last: -1 },
      { first: 201 },
      { first: 1, last: 1 },
      { first: 1, after: 'nonsense' },
      { first: 1, after, orderBy: 'NUMBER_ASC' },
      { first: 1, before: after },
      { last: 1, after },
    ]
    for (const variables of wrong) {
      const { errors } = await api.ask(query, { variables: { id, ...variables } })
      expect({ variables, code: errors[0]?.extensions.code }).toEqual({ variables, code: 'BAD_USER_INPUT' })
    }
    expect((await api.ask(query, { variables: { id, first: 200 } })).errors).toEqual([])
    expect((await api.ask(query, { variables: { id, first: 0 } })).data.connection.parts.edges).toEqual([])
  })
})

describe('filters', () => {
  test('records are found by time, number, status, and with deleted ones on demand; totalCount counts what the list holds', async () => {
    const { id } = await filled('PURCHASE_ORDER', [
      {
        externalId: '1',
        number: 'A',
        status: 'APPROVED',
        sourceUpdatedAt: '2026-01-01T00:00:00Z',
        updatedAt: '2026-02-01T00:00:00Z',
      },
      {
        externalId: '2',
        number: 'B',
        status: 'CLOSED',
        sourceUpdatedAt: '2026-01-05T00:00:00Z',
        updatedAt: '2026-02-05T00:00:00Z',
      },
      { externalId: '3', number: 'B', status: 'CLOSED', sourceUpdatedAt: null, deleted: true },
    ])
    const found = async (filter: object) => {
      const { data, errors } = await api.ask(
        'query ($id: ID!, $filter: RecordFilter) { connection(id: $id) { purchaseOrders(filter: $filter) { totalCount edges { node { externalId } } } } }',
        { variables: { id: connectionNode(id), filter } },
      )
      expect(errors).toEqual([])
      const { edges, totalCount } = data.connection.purchaseOrders
      expect(totalCount).toBe(edges.length)
      return edges.map((edge: Edge) => edge.node.externalId)
    }
    expect(await found({})).toEqual(['2', '1'])
    expect(await found({ includeDeleted: true })).toEqual(['2', '1', '3'])
    expect(await found({ number: 'B' })).toEqual(['2'])
    expect(await found({ status: 'APPROVED' })).toEqual(['1'])
    expect(await found({ sourceUpdatedSince: '2026-01-05T00:00:00Z', includeDeleted: true })).toEqual(['2'])
    expect(await found({ updatedSince: '2026-02-02T00:00:00Z' })).toEqual(['2'])
  })
})

describe('values', () => {
  test('a purchase order shows its lines, exact amounts, and the records it refers to', async () => {
    const connection = await addConnection(api.db)
    await addRecords(api.db, connection.key, 'VENDOR', [{ externalId: 'v|1', data: { name: 'Bolt & Söhne' } }])
    await addRecords(api.db, connection.key, 'PART', [{ externalId: 'p1', data: { name: 'Bolt' } }])
    await addRecords(api.db, connection.key, 'PURCHASE_ORDER', [
      {
        externalId: 'o1',
        number: 'PO-1',
        sourceUpdatedAt: '2026-01-01T00:00:00.123456Z',
        data: {
          number: 'PO-1',
          status: 'APPROVED',
          statusRaw: 'appr',
          vendorExternalId: 'v|1',
          orderDate: '2026-01-01',
          approvedAt: '2026-01-01T10:00:00Z',
          total: { amount: '12345678901234567890.12', currency: 'EUR' },
          lines: [
            { lineNumber: 10, partExternalId: 'p1', quantity: { value: '2.5', uom: 'EA' } },
            { lineNumber: 20, partExternalId: 'gone', unitPrice: null },
          ],
          $: {
            customFields: { Plant: 7 },
            sourceUrl: 'https://erp/o1',
            sourceVersion: 'W/1',
            externalKey: { ID: 'o1' },
          },
        },
      },
    ])
    const { data, errors } = await api.ask(
      `query ($id: ID!) { connection(id: $id) { purchaseOrders { edges { node {
        id connectionId externalId number displayName sourceUpdatedAt deletedAt customFields sourceUrl sourceVersion externalKey
        status statusRaw vendorExternalId vendor { id displayName name } orderDate approvedAt total { amount currency } memo
        lines { lineNumber part { displayName } partExternalId quantity { value uom } unitPrice { amount } }
      } } } records(entity: PURCHASE_ORDER) { edges { node { __typename displayName ... on PurchaseOrder { status } } } } } }`,
      { variables: { id: connectionNode(connection.id) } },
    )
    expect(errors).toEqual([])
    const order = data.connection.purchaseOrders.edges[0].node
    expect(order).toMatchObject({
      connectionId: connectionNode(connection.id),
      externalId: 'o1',
      displayName: 'PO-1',
      sourceUpdatedAt: '2026-01-01T00:00:00.123Z',
      status: 'APPROVED',
      statusRaw: 'appr',
      vendor: { displayName: 'Bolt & Söhne', name: 'Bolt & Söhne' },
      orderDate: '2026-01-01',
      approvedAt: '2026-01-01T10:00:00.000Z',
      total: { amount: '12345678901234567890.12', currency: 'EUR' },
      memo: null,
      customFields: { Plant: 7 },
      sourceUrl: 'https://erp/o1',
      externalKey: { ID: 'o1' },
      lines: [
        { lineNumber: 10, part: { displayName: 'Bolt' }, quantity: { value: '2.5', uom: 'EA' }, unitPrice: null },
        { lineNumber: 20, part: null, partExternalId: 'gone' },
      ],
    })
    expect(data.connection.records.edges[0].node).toEqual({
      __typename: 'PurchaseOrder',
      displayName: 'PO-1',
      status: 'APPROVED',
    })
    const node = await api.ask('query ($id: ID!) { node(id: $id) { __typename id ... on Vendor { name } } }', {
      variables: { id: order.vendor.id },
    })
    expect(node.data.node).toEqual({ __typename: 'Vendor', id: order.vendor.id, name: 'Bolt & Söhne' })
  })

  test('raw comes only with its scope: else it is null, beside a FORBIDDEN error', async () => {
    const connection = await filled('PART', [
      { externalId: 'p', raw: '{"big": 12345678901234567890, "n": 1.5}', data: { name: 'Bolt' } },
    ])
    const query = 'query ($id: ID!) { connection(id: $id) { parts { edges { node { name raw } } } } }'
    const variables = { id: connectionNode(connection.id) }
    const allowed = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ', 'RECORDS_READ', 'RECORDS_RAW_READ'] })
    const { data } = await api.ask(query, { variables, token: allowed.token })
    expect(data.connection.parts.edges[0].node.raw).toEqual({ big: '12345678901234567890', n: 1.5 })
    const plain = await addApiKey(api.db, { scopes: ['CONNECTIONS_READ', 'RECORDS_READ'] })
    for (const token of [plain.token, connection.token]) {
      const refused = await api.ask(query, { variables, token })
      expect(refused.data.connection.parts.edges[0].node).toEqual({ name: 'Bolt', raw: null })
      expect(refused.errors.map((error) => error.extensions.code)).toEqual(['FORBIDDEN'])
    }
  })
})

describe('change feed', () => {
  const query = `query ($id: ID!, $after: String, $first: Int) { connection(id: $id) { changes(entity: PART, after: $after, first: $first) {
    changes { kind cursor record { externalId deletedAt } } endCursor hasMore } } }`

  test('following endCursor tells each record once with what it became, and an empty page repeats the cursor', async () => {
    const connection = await filled('PART', [
      { externalId: 'kept', changeSeq: 1 },
      { externalId: 'changed', createdSeq: 2, changeSeq: 5 },
      { externalId: 'gone', createdSeq: 3, changeSeq: 6, deleted: true },
      { externalId: 'late', changeSeq: 7 },
    ])
    const id = connectionNode(connection.id)
    const read = async (after: string | null, first: number) => {
      const { data, errors } = await api.ask(query, { variables: { id, after, first } })
      expect(errors).toEqual([])
      return data.connection.changes
    }
    const kinds = (page: { changes: { kind: string; record: { externalId: string } }[] }) =>
      page.changes.map((change) => `${change.kind} ${change.record.externalId}`)

    const start = await read(null, 2)
    expect(kinds(start)).toEqual(['CREATED kept', 'CREATED changed'])
    expect(start.hasMore).toBe(true)
    const rest = await read(start.endCursor, 10)
    expect(kinds(rest)).toEqual(['DELETED gone', 'CREATED late'])
    expect(rest.hasMore).toBe(false)
    const empty = await read(rest.endCursor, 10)
    expect(empty).toEqual({ changes: [], endCursor: rest.endCursor, hasMore: false })

    await api.db.pool.query('UPDATE entity_state SET change_seq = 8 WHERE connection_id = $1', [connection.id])
    await api.db.pool.query(`UPDATE record SET change_seq = 8 WHERE connection_key = $1 AND external_id = 'kept'`, [
      connection.key,
    ])
    expect(kinds(await read(rest.endCursor, 10))).toEqual(['UPDATED kept'])
    expect(await read(null, 0).then((page) => page.endCursor)).toBeNull()
  })

  test('a cursor that is none of the feed, or lies beyond it, is refused; one that does not name its feed yet is taken', async () => {
    const connection = await filled('PART', [{ externalId: 'a' }, { externalId: 'b' }])
    const other = await filled('PART', [{ externalId: 'a' }, { externalId: 'b' }])
    await addRecords(api.db, connection.key, 'VENDOR', [{ externalId: 'a' }])
    const read = async (id: string, after: string | null, first = 1, entity = 'PART') => {
      const variables = { id: connectionNode(id), after, first }
      const { data, errors } = await api.ask(query.replace('PART', entity), { variables })
      return { page: data?.connection?.changes, code: errors[0]?.extensions.code }
    }
    const ofOther = await read(other.id, null)
    const ofVendors = await read(connection.id, null, 1, 'VENDOR')
    const unnamed = (sequence: number) => encodeCursor([`${sequence}`])
    const refused = ['nonsense', ofOther.page.endCursor, ofVendors.page.endCursor, unnamed(3)]
    for (const after of refused) expect((await read(connection.id, after)).code).toBe('BAD_USER_INPUT')
    const own = await read(connection.id, null)
    for (const after of [own.page.endCursor, own.page.changes[0].cursor, unnamed(1)]) {
      const { page } = await read(connection.id, after, 10)
      expect(page.changes.map(({ record }: { record: { externalId: string } }) => record.externalId)).toEqual(['b'])
    }
    expect(await read(connection.id, unnamed(2))).toEqual({
      page: { changes: [], endCursor: unnamed(2), hasMore: false },
      code: undefined,
    })
  })
})
