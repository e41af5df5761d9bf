import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freshDatabase } from '../database.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addConnection, addRecords } from '../graphql/rows.ts'
import { openWay } from '../graphql/severable-way.ts'
import { openSocket } from './subscriber.ts'

let api: TestApi
let way: Awaited<ReturnType<typeof openWay>>

beforeAll(async () => {
  way = await openWay(await freshDatabase())
  api = await startTestApi({}, way.url)
})
afterAll(async () => {
  await api.stop()
  await way.close()
})

/** The way to PostgreSQL breaks as the first statement with this text is sent, and is there again at once. */
function breakAt(text: string) {
  const original = pg.Client.prototype.query
  let broken = 0
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...given: unknown[]
  ) {
    const [config] = given as [string | { text: string }]
    if (broken === 0 && (typeof config === 'string' ? config : config.text).includes(text)) {
      broken += 1
      void way.close().then(() => way.reopen())
    }
    return (original as (...all: unknown[]) => never).apply(this, given)
  })
  return { broken: () => broken, restore: () => spy.mockRestore() }
}

test('a page that PostgreSQL leaves in the middle of its execution is executed again, not passed over', async () => {
  const { id, key } = await addConnection(api.db)
  await addRecords(api.db, key, 'VENDOR', [{ externalId: 'v', data: { name: 'Acme' } }])
  await addRecords(api.db, key, 'PURCHASE_ORDER', [
    { externalId: 'a', data: { vendorExternalId: 'v' } },
    { externalId: 'b', data: { vendorExternalId: 'v' } },
  ])
  await api.db.pool.query('UPDATE entity_state SET change_seq = 2 WHERE connection_id = $1', [id])
  const client = openSocket(api.webSocketUrl)
  const outage = breakAt('external_id = ANY($3)')
  try {
    const { received } = client.subscribe(
      `subscription ($id: ID!) { recordChanges(connectionId: $id, entity: PURCHASE_ORDER, first: 1) {
        changes { record { externalId ... on PurchaseOrder { vendor { name } } } } } }`,
      { id: connectionNode(id) },
    )
    await received.count(2)
    expect(outage.broken()).toBe(1)
    const pages = received.events as unknown as { changes: unknown[] }[] // what the query above selects
    expect([received.errors, pages.map(({ changes }) => changes)]).toEqual([
      [],
      ['a', 'b'].map((externalId) => [{ record: { externalId, vendor: { name: 'Acme' } } }]),
    ])
  } finally {
    outage.restore()
    await client.dispose()
  }
})
