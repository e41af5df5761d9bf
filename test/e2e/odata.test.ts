import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { capCredentials, capEntities } from '../connectors/odata/cap-rig.ts'
import { type Row, startCap } from '../connectors/odata/cap-server.ts'
import { callerOf, type Caller } from './graphql-client.ts'
import { startSyncline, type Syncline } from './processes.ts'
import { expectTotalsNeverBackwards, type Followed, follow } from './progress.ts'
import { externalIds, readFeed, walk } from './records.ts'
import { finished, startSync } from './runs.ts'

vi.setConfig({ testTimeout: 60_000 }) // processes on a busy machine

const { VENDOR, PURCHASE_ORDER } = capEntities
const wholeHistory = 3_650 // the rows of the service have fixed stamps

let cap: Awaited<ReturnType<typeof startCap>>
let syncline: Syncline
let webSite: Server
let owner: Caller
let customer: Caller
let connectionId: string
let events: Followed & { stop(): unknown }

beforeAll(async () => {
  webSite = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>')
  })
  webSite.listen(0, '127.0.0.1')
  ;[cap, syncline] = await Promise.all([startCap(), startSyncline(), once(webSite, 'listening')])
  owner = syncline.owner
})
afterAll(async () => {
  await events?.stop()
  await Promise.all([syncline?.stop(), cap?.stop()])
  webSite.close()
})

const config = (changes: Record<string, unknown> = {}) => ({
  baseUrl: cap.baseUrl,
  entities: { VENDOR, PURCHASE_ORDER },
  ...changes,
})

const order = (changes: Record<string, unknown>) =>
  config({ entities: { PURCHASE_ORDER: { ...PURCHASE_ORDER, ...changes } } })

const connect = (given: { config: unknown; credentials?: unknown }) =>
  owner.mutate(
    'createConnection',
    { system: 'odata', name: 'S/4', historyDays: wholeHistory, credentials: capCredentials, ...given },
    '{ connection { id } token syncRun { id } }',
  )

async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  server.close()
  return port
}

const source = (row: Row | undefined) => ({
  number: row?.['ID'],
  vendorExternalId: row?.['vendor_ID'],
  orderDate: row?.['orderDate'],
  sourceUpdatedAt: row?.modifiedAt ? new Date(row.modifiedAt).toISOString() : null,
})

const unifiedLine = (line: Row) => ({
  lineNumber: line['pos'],
  partExternalId: line['material'],
  quantity: { value: String(line['qty']), uom: line['unit'] },
  unitPrice: { amount: String(line['price']), currency: 'EUR' },
})

const byPosition = (lines: { lineNumber: unknown }[]) =>
  lines.sort((a, b) => Number(a.lineNumber) - Number(b.lineNumber))

describe('a connection that cannot work is refused, and nothing of it stays', () => {
  const wrong = {
    'a wrong password': async () => ({
      given: { config: config(), credentials: { ...capCredentials, password: 'no such word' } },
      expected: { __typename: 'SourceAuthError', code: 'SOURCE_AUTH_FAILED', path: ['credentials'] },
    }),
    'a port where nobody listens': async () => ({
      given: { config: config({ baseUrl: `http://127.0.0.1:${await portOfNobody()}/` }) },
      expected: { __typename: 'SourceUnreachableError', code: 'SOURCE_UNREACHABLE' },
    }),
    'a web page in place of the service': async () => ({
      given: { config: config({ baseUrl: `http://127.0.0.1:${(webSite.address() as AddressInfo).port}/` }) },
      expected: { __typename: 'SourceUnreachableError', code: 'SOURCE_UNREACHABLE' },
    }),
    'a set that the service does not have': async () => ({
      given: { config: order({ set: 'Ordres' }) },
      expected: { __typename: 'ValidationError', path: ['config', 'entities', 'PURCHASE_ORDER', 'set'] },
    }),
    'a field that the set does not have': async () => ({
      given: { config: order({ fields: { ...PURCHASE_ORDER.fields, total: 'grossAmount' } }) },
      expected: { __typename: 'ValidationError', path: ['config', 'entities', 'PURCHASE_ORDER', 'fields', 'total'] },
    }),
    'a config without its URL': async () => ({
      given: { config: { entities: { VENDOR } } },
      expected: { __typename: 'ValidationError', path: ['config', 'baseUrl'] },
    }),
  }

  test.each(Object.entries(wrong))('%s', async (_what, prepare) => {
    const { given, expected } = await prepare()
    const result = await connect(given)
    expect(result).toMatchObject(expected)
    expect(JSON.stringify(result)).not.toMatch(/no such word|sync-pw-1|Sign in/)
    const tested = await owner.mutate(
      'testConnection',
      { system: 'odata', credentials: capCredentials, ...given },
      '{ entities }',
    )
    expect(tested).toMatchObject(expected)
    const { connections, credits } = await owner.data('{ connections { totalCount } credits { used } }')
    expect([connections.totalCount, credits.used]).toEqual([0, 0])
  })
})

test('vendors and purchase orders with their lines arrive whole and exact', async () => {
  const result = await connect({ config: config() })
  expect(result).toMatchObject({ __typename: 'CreateConnectionPayload' })
  connectionId = result.connection.id
  customer = callerOf(syncline.apiUrl, result.token)
  events = follow(owner, 'connectionEvents', connectionId, '0')
  const run = await finished(customer, result.syncRun.id)
  const rows = await cap.rows('Orders')
  const lines = new Map(rows.map((row) => [row['ID'], [] as Row[]]))
  for (const line of await cap.rows('OrderLines')) lines.get(line['order_ID'])?.push(line)
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    mode: 'INITIAL',
    totals: { rejected: 0, created: rows.length + 40 },
  })
  expect(run.of('PURCHASE_ORDER')).toMatchObject({ estimatedTotal: rows.length, counts: { created: rows.length } })

  const selection = `externalId number status statusRaw vendorExternalId orderDate sourceUpdatedAt vendor { name }
    total { amount currency } lines { lineNumber partExternalId quantity { value uom } unitPrice { amount currency } }`
  const stored = await walk(customer, connectionId, { list: 'purchaseOrders', selection, size: 200 })
  expect(externalIds(stored).sort()).toEqual(rows.map((row) => row['ID']).sort())
  const byId = new Map(rows.map((row) => [row['ID'], row]))
  for (const read of stored) {
    const row = byId.get(read.externalId)
    expect(read).toMatchObject({ ...source(row), vendor: { name: `Vendor ${Number(row?.['vendor_ID']) - 100_000}` } })
    const ordered = lines.get(read.externalId) ?? []
    expect(byPosition(read.lines)).toEqual(byPosition(ordered.map(unifiedLine)))
  }
  const large = stored.find(({ total }) => total.amount.startsWith('1234567'))
  expect(large).toMatchObject({ status: 'APPROVED', total: { amount: '1234567890123.45', currency: 'EUR' }, lines: [] })
})

test('an incremental sync brings what was changed and added, and little else', async () => {
  const before = await readFeed(customer, connectionId, 'PURCHASE_ORDER', null)
  const ids = (await cap.rows('Orders')).map((row) => String(row['ID']))
  const changed = [ids[7], ids[1_500], ids[3_000]]
  for (const id of changed) await cap.patch(`Orders('${id}')`, { status: 'Closed', total: '9007199254741.93' })
  await cap.patch("Vendors('100007')", { name: 'Seven & Söhne' })
  const { syncRun } = await startSync(customer, { connectionId })
  const run = await finished(customer, syncRun.id)
  expect(run).toMatchObject({ status: 'SUCCEEDED', mode: 'INCREMENTAL' })
  const { counts } = run.of('PURCHASE_ORDER')
  expect(counts).toMatchObject({ created: 0, updated: 3, deleted: 0 })
  expect(counts.fetched).toBeLessThanOrEqual(3 + 7) // seven orders share the highest stamp
  expect(run.of('VENDOR').counts).toMatchObject({ updated: 1 })

  const { entries } = await readFeed(customer, connectionId, 'PURCHASE_ORDER', before.cursor)
  expect(entries.map(({ kind, record }) => `${kind} ${record.externalId}`).sort()).toEqual(
    changed.map((id) => `UPDATED ${id}`).sort(),
  )
  const closed = await walk(customer, connectionId, {
    list: 'purchaseOrders',
    filter: { status: 'CLOSED' },
    selection: 'externalId total { amount } vendor { name }',
  })
  expect(externalIds(closed).sort()).toEqual([...changed].sort())
  expect(new Set(closed.map(({ total }) => total.amount))).toEqual(new Set(['9007199254741.93']))
  const vendors = await walk(customer, connectionId, { list: 'vendors', selection: 'externalId name' })
  expect(vendors.find(({ externalId }) => externalId === '100007').name).toBe('Seven & Söhne')
})

test('a full re-sync finds what was deleted in the service', async () => {
  const gone = (await cap.rows('Orders')).slice(40, 43).map((row) => String(row['ID']))
  for (const id of gone) await cap.remove(`Orders('${id}')`)
  const { syncRun } = await startSync(customer, { connectionId, mode: 'FULL_RESYNC', entities: ['PURCHASE_ORDER'] })
  const run = await finished(customer, syncRun.id)
  expect(run).toMatchObject({ status: 'SUCCEEDED', totals: { deleted: 3, created: 0, updated: 0, heldDeletes: 0 } })
  const left = await walk(customer, connectionId, { list: 'purchaseOrders', size: 200 })
  expect(externalIds(left).sort()).toEqual((await cap.rows('Orders')).map((row) => row['ID']).sort())

  const end = await events.until(({ syncRunId, type }) => type === 'RUN_FINISHED' && syncRunId === syncRun.id)
  expect(events.sequences.slice(0, Number(end.sequence))).toEqual(events.sequences.map((_, i) => i + 1))
  expectTotalsNeverBackwards(events.events)
  expect(syncline.logs()).not.toContain(capCredentials.password)
})
