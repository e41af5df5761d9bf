import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from './api.ts'
import { addApiKey, environmentOf } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
  const { id: environmentId } = await environmentOf(api.db, 'production')
  const { id: elsewhere } = await environmentOf(api.db, 'testing')
  const entry = { environmentId, actor: 'a', action: 'SYNC_START', target: 'x', outcome: 'OK', ip: null }
  const entries = [
    entry,
    { ...entry, actor: 'b' },
    { ...entry, action: 'SYNC_CANCEL', target: 'y' },
    { ...entry, target: 'y', outcome: 'NOT_FOUND' },
    { ...entry, target: 'z', outcome: 'DELIVERY_FAILED' },
    { ...entry, environmentId: elsewhere, target: 'elsewhere' },
    { ...entry, environmentId: null, target: 'installation' },
  ]
  const data = entries.map((one, i) => ({
    ...one,
    id: `0190aaaa-000${i}-7000-8000-000000000000`, // a millisecond apart: within one, ids have no order
    at: new Date(Date.UTC(2026, 0, 1 + i)),
  }))
  await api.db.prisma.auditEntry.createMany({ data })
})
afterAll(() => api.stop())

async function read(filter: object | null, token?: string) {
  const { data, errors } = await api.ask(
    `query ($filter: AuditFilter) { auditLog(filter: $filter, first: 50) {
       totalCount edges { node { actor action target outcome at } } } }`,
    { variables: { filter }, ...(token === undefined ? {} : { token }) },
  )
  expect(errors).toEqual([])
  const entries: { actor: string; action: string; target: string; outcome: string; at: string }[] =
    data.auditLog.edges.map(({ node }: { node: object }) => node)
  expect(data.auditLog.totalCount).toBe(entries.length)
  return entries
}
const told = async (filter: object | null, token?: string) =>
  (await read(filter, token)).map(({ actor, action, target, outcome }) => `${actor} ${action} ${target} ${outcome}`)

test('without a filter all is told, newest first', async () => {
  expect(await told(null)).toEqual([
    'a SYNC_START installation OK',
    'a SYNC_START z DELIVERY_FAILED',
    'a SYNC_START y NOT_FOUND',
    'a SYNC_CANCEL y OK',
    'b SYNC_START x OK',
    'a SYNC_START x OK',
  ])
  expect(await told({})).toHaveLength(6)
})

test.each([
  [{ actor: 'b' }, ['b SYNC_START x OK']],
  [{ action: 'SYNC_CANCEL' }, ['a SYNC_CANCEL y OK']],
  [{ target: 'y' }, ['a SYNC_START y NOT_FOUND', 'a SYNC_CANCEL y OK']],
  [{ target: 'y', succeeded: true }, ['a SYNC_CANCEL y OK']],
  [{ succeeded: false }, ['a SYNC_START z DELIVERY_FAILED', 'a SYNC_START y NOT_FOUND']],
  [{ actor: 'b', target: 'y' }, []],
  [{ target: 'elsewhere' }, []],
])('%j', async (filter, expected) => {
  expect(await told(filter)).toEqual(expected)
})

test('by time: from a moment on, and before one', async () => {
  const all = await read(null)
  const at = '2026-01-04T00:00:00.000Z'
  expect(await read({ since: at })).toEqual(all.slice(0, 3))
  expect(await read({ until: at })).toEqual(all.slice(3))
  expect(await read({ since: at, until: at })).toEqual([])
})

test('a filter opens no wall: a key sees neither another environment nor the whole installation', async () => {
  const { token } = await addApiKey(api.db, { scopes: ['AUDIT_READ'] })
  for (const target of ['elsewhere', 'installation']) expect(await told({ target }, token)).toEqual([])
  expect(await told({ target: 'z' }, token)).toHaveLength(1)
})

test('the pages of a filter follow each other', async () => {
  const page = async (after: string | null) => {
    const { data } = await api.ask(
      `query ($after: String) { auditLog(filter: { action: "SYNC_START" }, first: 2, after: $after) {
         edges { node { target } } pageInfo { hasNextPage endCursor } } }`,
      { variables: { after } },
    )
    return data.auditLog
  }
  const targets: string[] = []
  for (let after: string | null = null, more = true; more; ) {
    const { edges, pageInfo } = await page(after)
    targets.push(...edges.map(({ node }: { node: { target: string } }) => node.target))
    after = pageInfo.endCursor
    more = pageInfo.hasNextPage
  }
  expect(targets).toEqual(['installation', 'z', 'y', 'x', 'x'])
})
