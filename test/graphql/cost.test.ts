import { readFileSync } from 'node:fs'
import { lexicographicSortSchema, printSchema } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildSchema } from '../../src/graphql/schema.ts'
import { phaseQuery, type RecordPageRequest } from '../../src/store/record-page.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { ownStatements } from './own-statements.ts'
import { addConnection, addRecords, addRun } from './rows.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

async function fill(connections: number) {
  for (let i = 0; i < connections; i++) {
    const { id, key } = await addConnection(api.db)
    await addRun(api.db, id, ['PART', 'VENDOR'])
    await addRecords(api.db, key, 'PART', [{ externalId: 'p1' }, { externalId: 'p2' }])
    await addRecords(api.db, key, 'PURCHASE_ORDER', [
      {
        externalId: 'o1',
        data: { lines: [{ partExternalId: 'p1' }, { partExternalId: 'p2' }], vendorExternalId: 'v' },
      },
      { externalId: 'o2', data: { lines: [{ partExternalId: 'p2' }], vendorExternalId: 'v' } },
    ])
  }
}

/** SQL statements that an operation costs, those of authentication included. */
async function statements(query: string, variables = {}) {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    const { errors } = await api.ask(query, { variables })
    expect(errors).toEqual([])
    return ownStatements(spy)
  } finally {
    spy.mockRestore()
  }
}

describe('SQL statements', () => {
  const nested = `{ connections(first: 20) { totalCount edges { node { name status token { prefix overlapEndsAt } environment { name }
    entities { entity schedule { paused } currentRun { status counts { fetched } } lastRun { status } }
    syncRuns(first: 2) { totalCount edges { node { status waitingFor { what } totals { fetched } lastSequence entities { entity counts { created } rejectedRecords { reason } } events(first: 3) { type } } } }
  } } } }`
  const withRecords = `{ connections(first: 20) { edges { node { purchaseOrders(first: 5) { totalCount edges { node { number lines { part { name } } raw } } } } } } }`
  const aliases = `{ connections(first: 20) { edges { node { a: syncRuns(first: 1) { edges { node { id } } } b: syncRuns(first: 2) { edges { node { id connection { name } } } }
    x: parts(first: 1) { edges { node { id } } } y: parts(first: 2, orderBy: NUMBER_ASC) { edges { node { id } } } } } } }`

  test('nested lists and aliases cost no statement a row', async () => {
    await fill(2)
    const few = { nested: await statements(nested), aliases: await statements(aliases) }
    await fill(6)
    expect({ nested: await statements(nested), aliases: await statements(aliases) }).toEqual(few)
    expect(few.nested).toBeLessThanOrEqual(25)
  })

  test('references and raw payloads cost one statement a connection, however many records there are', async () => {
    const connections = (await api.ask('{ connections { totalCount } }')).data.connections.totalCount as number
    expect(await statements(withRecords)).toBeLessThanOrEqual(2 * connections + 8)
  })

  test('totalCount is counted only when it is selected', async () => {
    const without = await statements('{ connections(first: 1) { edges { node { id } } } }')
    expect(await statements('{ connections(first: 1) { totalCount edges { node { id } } } }')).toBe(without + 1)
  })
})

describe('query plans', () => {
  const request: RecordPageRequest = {
    entity: 'PART',
    order: 'SOURCE_UPDATED_AT_DESC',
    filter: {},
    from: { value: '2026-01-01T00:00:00.000000Z', externalId: 'p' },
    backward: false,
    limit: 51,
  }

  async function planOf(given: RecordPageRequest, phase: 'valued' | 'null', owners = 1) {
    const { text, values } = phaseQuery(
      Array.from({ length: owners }, (_, i) => ({ id: `00000000-0000-4000-8000-00000000000${i}`, key: i + 1 })),
      given,
      phase,
    )
    const client = await api.db.pool.connect()
    try {
      // on tables this small a scan is cheaper: what is asked is whether the index can serve
      await client.query('SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off')
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    } finally {
      client.release(true)
    }
  }

  test('a page of records is a range of one index of one partition, in both phases, both ways and in every order', async () => {
    for (const order of ['SOURCE_UPDATED_AT_DESC', 'SOURCE_UPDATED_AT_ASC', 'NUMBER_ASC'] as const) {
      for (const backward of [false, true]) {
        for (const phase of ['valued', 'null'] as const) {
          const from =
            phase === 'valued'
              ? { value: order === 'NUMBER_ASC' ? 'N' : '2026-01-01T00:00:00Z', externalId: 'p' }
              : { value: null, externalId: 'p' }
          const plan = await planOf({ ...request, order, backward, from }, phase)
          expect(plan).toMatch(
            order === 'NUMBER_ASC' ? /record_p\d\d_\w*number\w*_idx/ : /record_p\d\d_\w*source_updated\w*_idx/,
          )
          expect(plan).not.toContain('Sort')
          expect(plan).not.toContain('Append')
          expect(new Set(plan.match(/record_p\d\d/g)).size).toBe(1)
          expect(plan).toMatch(/Index Cond: .*external_id/s)
        }
      }
    }
  })
})

describe('limits', () => {
  const id = () => connectionNode('00000000-0000-7000-8000-000000000000')

  test('realistic nested queries pass at the default page size', async () => {
    for (const query of [
      '{ connections { edges { node { name status entities { entity recordCount currentRun { status } } syncRuns { edges { node { status totals { fetched } entities { entity counts { fetched created } error { message } } } } } } } } }',
      `{ connection(id: "${id()}") { purchaseOrders(first: 200) { totalCount edges { node { number vendor { name } lines { lineNumber quantity { value } part { name } asset { name } } } } } } }`,
      `{ connection(id: "${id()}") { purchaseOrders(first: 200) { edges { node { number raw lines { part { name } } } } } changes(entity: PART, first: 200) { changes { record { raw } } } } }`,
      '{ connections { edges { node { purchaseOrders { totalCount edges { node { number lines { part { name } } } } } } } } }',
      `{ connection(id: "${id()}") { workOrders { edges { node { title asset { name parent { name vendor { name contacts { email } } } } parts { part { name vendors { vendor { name } } } } } } } } }`,
    ]) {
      expect((await api.ask(query)).errors).toEqual([])
    }
  })

  test('abusive queries fail with QUERY_TOO_COMPLEX before they run', async () => {
    const deep = (n: number): string => (n === 0 ? '{ name }' : `{ parent ${deep(n - 1)} }`)
    const many = (n: number, field: (i: number) => string) => Array.from({ length: n }, (_, i) => field(i)).join(' ')
    const abusive = {
      complexity:
        '{ connections(first: 200) { edges { node { syncRuns(first: 200) { edges { node { entities { counts { fetched } } } } } } } } }',
      variables:
        'query ($n: Int = 200) { connections(first: $n) { edges { node { parts(first: $n) { edges { node { vendors { vendor { name } } } } } } } } }',
      raw: `{ connection(id: "${id()}") { ${many(40, (i) => `a${i}: parts(first: 200) { edges { node { raw } } }`)} } }`,
      'raw aliases': `{ connection(id: "${id()}") { parts(first: 200) { edges { node { ${many(40, (i) => `a${i}: raw`)} } } } } }`,
      'raw changes': `{ connection(id: "${id()}") { ${many(40, (i) => `a${i}: changes(entity: PART, first: 200) { changes { record { raw } } }`)} } }`,
      'raw rejections': `{ connection(id: "${id()}") { ${many(40, (i) => `a${i}: rejectedRecords(entity: PART, first: 200) { edges { node { payload } } }`)} } }`,
      depth: `{ connection(id: "${id()}") { assets(first: 1) { edges { node ${deep(20)} } } } }`,
      aliases: `{ ${many(101, (i) => `a${i}: viewer { kind }`)} }`,
      breadth: `{ viewer { ${many(1001, () => 'kind')} } }`,
      tokens: `{ viewer { ${many(10_001, () => 'kind')} } }`,
      nesting: `{ ${many(101, () => '{ a')}`,
      'nested input': `{ connections(filter: ${'['.repeat(101)}`,
      introspections: `{ ${many(5, (i) => `s${i}: __schema { queryType { name } }`)} }`,
    }
    for (const [what, query] of Object.entries(abusive)) {
      const { data, errors } = await api.ask(query)
      expect({ what, data, message: errors[0]?.message, code: errors[0]?.extensions.code }).toMatchObject({
        what,
        data: null,
        code: 'QUERY_TOO_COMPLEX',
      })
    }
  })

  test('a body beyond a megabyte and a batch of operations are refused', async () => {
    const send = (body: string) =>
      fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer the-owner-key-of-the-tests-0123456789' },
        body,
      })
    expect((await send(JSON.stringify({ query: `{ viewer { kind } } #${'x'.repeat(1_100_000)}` }))).status).toBe(413)
    expect((await send(JSON.stringify([{ query: '{ viewer { kind } }' }]))).status).toBe(400)
  })
})

test('schema.graphql is what the code serves', () => {
  const stored = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(stored).toBe(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`)
})
