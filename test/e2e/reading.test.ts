import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Connected, connectDemo, type DemoJob, startDemoJob } from './demo-job.ts'
import { callerOf, type Caller } from './graphql-client.ts'
import { ownerKey } from './processes.ts'
import { follow } from './progress.ts'
import { externalIds, readFeed, type SourceRecord, sourceRecords, walk } from './records.ts'
import { finished } from './runs.ts'

vi.setConfig({ testTimeout: 60_000 }) // processes on a busy machine

let job: DemoJob
let acme: Connected
let other: Connected
/** The purchase orders that acme has to have. */
let orders: SourceRecord[]

beforeAll(async () => {
  job = await startDemoJob({ tieGroup: 3 }) // pages end between equal stamps
  acme = await connectDemo(job, { name: 'Acme' })
  other = await connectDemo(job, { name: 'Other', entities: ['VENDOR'] })
  const run = await finished(job.owner, acme.syncRunId)
  await finished(job.owner, other.syncRunId)
  orders = sourceRecords(job.demo, 'PURCHASE_ORDER', new Date(run.of('PURCHASE_ORDER').windowStart))
})
afterAll(() => job?.stop())

const statuses: Record<string, string> = {
  draft: 'DRAFT',
  submitted: 'SUBMITTED',
  approved: 'APPROVED',
  ordered: 'SENT',
  partly_delivered: 'PARTIALLY_RECEIVED',
  delivered: 'RECEIVED',
  invoiced: 'BILLED',
  closed: 'CLOSED',
  void: 'CANCELED',
}

const byStampAscending = (a: SourceRecord, b: SourceRecord) =>
  a.modified.getTime() - b.modified.getTime() || (a.key < b.key ? -1 : 1)

describe('with its token a connection reads', () => {
  test('its own records, as the source words them', async () => {
    const { viewer } = await acme.customer.data('{ viewer { kind scopes connection { id } environment { name } } }')
    expect(viewer).toMatchObject({ kind: 'CONNECTION_TOKEN', connection: { id: acme.id } })
    expect(viewer.scopes.sort()).toEqual(['CONNECTIONS_READ', 'RECORDS_READ', 'SYNCS_READ', 'SYNCS_WRITE'])

    const selection = `externalId number status statusRaw vendorExternalId orderDate sourceUpdatedAt deletedAt connectionId
      total { amount currency } exchangeRate customFields
      lines { lineNumber partExternalId quantity { value uom } unitPrice { amount currency } }`
    const stored = await walk(acme.customer, acme.id, { list: 'purchaseOrders', selection, size: 200 })
    const expected = [...orders].sort(byStampAscending).reverse()
    expect(stored).toEqual(
      expected.map(({ key, modified, json }) => ({
        externalId: key,
        number: json.order_no,
        status: statuses[json.state],
        statusRaw: json.state,
        vendorExternalId: json.supplier_key,
        orderDate: json.ordered_on,
        sourceUpdatedAt: modified.toISOString(),
        deletedAt: null,
        connectionId: acme.id,
        total: { amount: json.gross, currency: json.curr },
        exchangeRate: json.fx,
        customFields: { costCenter: json.cost_center },
        lines: json.lines.map((line: Record<string, string>) => ({
          lineNumber: line['pos'],
          partExternalId: line['item_key'],
          quantity: { value: line['qty'], uom: line['unit'] },
          unitPrice: { amount: line['price'], currency: json.curr },
        })),
      })),
    )
  })

  test.each(['SOURCE_UPDATED_AT_DESC', 'SOURCE_UPDATED_AT_ASC', 'NUMBER_ASC'])(
    'a whole list in the order %s, forward and backward, each record once',
    async (orderBy) => {
      const expected = [...orders].sort(
        orderBy === 'NUMBER_ASC' ? (a, b) => (a.json.order_no < b.json.order_no ? -1 : 1) : byStampAscending,
      )
      if (orderBy === 'SOURCE_UPDATED_AT_DESC') expected.reverse()
      for (const backward of [false, true]) {
        const read = await walk(acme.customer, acme.id, { list: 'purchaseOrders', orderBy, backward, size: 67 })
        expect(externalIds(read)).toEqual(expected.map(({ key }) => key))
      }
    },
  )

  test('what a filter lets through, and how many that is', async () => {
    const middle = orders[Math.floor(orders.length / 2)]?.modified.toISOString() ?? ''
    const [one] = orders
    const { connection } = await acme.customer.data(
      `query ($id: ID!) { connection(id: $id) { purchaseOrders(first: 1, filter: { number: "${one?.json.order_no}" }) {
        totalCount edges { node { externalId updatedAt } } } } }`,
      { id: acme.id },
    )
    expect(connection.purchaseOrders).toMatchObject({ totalCount: 1, edges: [{ node: { externalId: one?.key } }] })
    const filters: [Record<string, unknown>, (order: SourceRecord) => boolean][] = [
      [{ status: 'RECEIVED' }, ({ json }) => json.state === 'delivered'],
      [{ status: 'NO_SUCH' }, () => false],
      [{ sourceUpdatedSince: middle }, ({ modified }) => modified >= new Date(middle)],
      [
        { sourceUpdatedSince: middle, status: 'SENT' },
        (it) => it.modified >= new Date(middle) && it.json.state === 'ordered',
      ],
      [{ updatedSince: '2020-01-01T00:00:00Z' }, () => true],
      [{ updatedSince: new Date(Date.now() + 3_600_000).toISOString() }, () => false],
    ]
    for (const [filter, matches] of filters) {
      const expected = orders.filter(matches).map(({ key }) => key)
      const read = await walk(acme.customer, acme.id, { list: 'purchaseOrders', filter })
      expect(externalIds(read).sort(), JSON.stringify(filter)).toEqual(expected.sort())
      const counted = await acme.customer.data(countQuery, { id: acme.id, filter })
      expect(counted.connection.purchaseOrders.totalCount, JSON.stringify(filter)).toBe(expected.length)
    }
  })

  test('what records refer to: the vendor of an order, the parts of its lines', async () => {
    const selection = `externalId vendorExternalId vendor { externalId name }
      lines { partExternalId part { externalId name standardCost { amount } } }`
    const read = await walk(acme.customer, acme.id, { list: 'purchaseOrders', selection, size: 50 })
    expect(read).toHaveLength(orders.length)
    const vendors = new Map(sourceRecords(job.demo, 'VENDOR').map(({ key, json }) => [key, json.name]))
    for (const order of read) {
      expect(order.vendor).toEqual({ externalId: order.vendorExternalId, name: vendors.get(order.vendorExternalId) })
      for (const line of order.lines) expect(line.part.externalId).toBe(line.partExternalId)
    }
  })

  test('nothing raw: that needs a scope which tokens do not have', async () => {
    const query = `query ($id: ID!) { connection(id: $id) { purchaseOrders(first: 2) { edges { node { externalId raw } } } } }`
    const refused = await acme.customer.ask(query, { id: acme.id })
    const nodes = refused.data.connection.purchaseOrders.edges.map(({ node }: { node: unknown }) => node)
    expect(nodes).toMatchObject([{ raw: null }, { raw: null }])
    expect(refused.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN'])

    const { connection } = await job.owner.data(query, { id: acme.id })
    for (const { node } of connection.purchaseOrders.edges) {
      expect(node.raw).toEqual(orders.find(({ key }) => key === node.externalId)?.json)
    }
  })

  test('a change feed that from null on holds every record once', async () => {
    const { entries, cursor } = await readFeed(acme.customer, acme.id, 'PURCHASE_ORDER', null, 37)
    expect(entries.map(({ record }) => record.externalId).sort()).toEqual(orders.map(({ key }) => key).sort())
    expect(new Set(entries.map(({ kind }) => kind))).toEqual(new Set(['CREATED']))
    expect(await readFeed(acme.customer, acme.id, 'PURCHASE_ORDER', cursor)).toEqual({ entries: [], cursor })
  })
})

describe('walls', () => {
  const seen = `query ($id: ID!, $run: ID!) { connection(id: $id) { id } node(id: $id) { id } syncRun(id: $run) { id }
    connections { totalCount edges { node { name } } } }`

  async function expectNothingOf(caller: Caller, connection: Connected, names: string[]) {
    expect(await caller.data(seen, { id: connection.id, run: connection.syncRunId })).toEqual({
      connection: null,
      node: null,
      syncRun: null,
      connections: { totalCount: names.length, edges: names.map((name) => ({ node: { name } })) },
    })
    const start = { connectionId: connection.id }
    expect(await caller.mutate('startSync', start, '{ syncRun { id } }')).toMatchObject({ code: 'NOT_FOUND' })
    const cancel = { syncRunId: connection.syncRunId }
    expect(await caller.mutate('cancelSync', cancel, '{ syncRun { id } }')).toMatchObject({ code: 'NOT_FOUND' })
    for (const [stream, id] of [
      ['connectionEvents', connection.id],
      ['syncProgress', connection.syncRunId],
    ] as const) {
      const followed = follow(caller, stream, id, '0')
      await followed.completed
      expect([followed.events, followed.errors]).toMatchObject([[], [{ extensions: { code: 'BAD_USER_INPUT' } }]])
      await followed.stop()
    }
  }

  test('a token sees its own connection and no other, and may not disconnect it', async () => {
    await expectNothingOf(acme.customer, other, ['Acme'])
    const { errors } = await acme.customer.ask(
      'mutation ($input: DisconnectConnectionInput!) { disconnectConnection(input: $input) { __typename } }',
      { input: { connectionId: acme.id } },
    )
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  })

  test('another environment sees nothing, with the owner key or a key of its own', async () => {
    const development = callerOf(job.syncline.apiUrl, ownerKey, 'development')
    await expectNothingOf(development, acme, [])
    expect((await development.data('{ credits { used } }')).credits.used).toBe(0)

    const scopes = ['CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'SYNCS_READ', 'SYNCS_WRITE', 'RECORDS_READ']
    const { key } = await development.mutate(
      'createApiKey',
      { name: 'dev', environment: 'development', scopes },
      '{ key }',
    )
    expect(key).toMatch(/^syn_dev_k[0-9A-Za-z]{49}$/)
    await expectNothingOf(callerOf(job.syncline.apiUrl, key), acme, [])
    const elsewhere = await callerOf(job.syncline.apiUrl, key, 'production').ask('{ viewer { kind } }')
    expect(elsewhere).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  test('a key with few scopes does what they say, and no more', async () => {
    const input = { name: 'watcher', environment: 'production', scopes: ['CONNECTIONS_READ', 'SYNCS_READ'] }
    const { key, apiKey } = await job.owner.mutate('createApiKey', input, '{ key apiKey { id prefix lastFour } }')
    const watcher = callerOf(job.syncline.apiUrl, key)
    expect((await finished(watcher, acme.syncRunId)).status).toBe('SUCCEEDED')
    const query = 'query ($id: ID!) { connection(id: $id) { name vendors(first: 1) { totalCount } } }'
    const { errors } = await watcher.ask(query, { id: acme.id })
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    const start = await watcher.ask('mutation ($input: StartSyncInput!) { startSync(input: $input) { __typename } }', {
      input: { connectionId: acme.id },
    })
    expect(start.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])

    await job.owner.mutate('revokeApiKey', { id: apiKey.id }, '{ apiKey { revokedAt } }')
    expect(await watcher.ask('{ viewer { kind } }')).toMatchObject({ status: 401 })
  })
})

const countQuery = `query ($id: ID!, $filter: RecordFilter) { connection(id: $id) { purchaseOrders(filter: $filter) { totalCount } } }`
