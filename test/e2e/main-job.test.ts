import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { type DemoJob, startDemoJob } from './demo-job.ts'
import { callerOf } from './graphql-client.ts'
import { ownerKey } from './processes.ts'
import { expectAscending, expectTotalsNeverBackwards, type Followed, follow } from './progress.ts'
import { externalIds, readFeed, sourceRecords, walk } from './records.ts'
import { type EntityRun, finished, startSync, storedEvents } from './runs.ts'

vi.setConfig({ testTimeout: 60_000 }) // processes on a busy machine

const documents = ['WORK_ORDER', 'PURCHASE_ORDER']

let job: DemoJob
let connectionId: string
let token: string
let syncRunId: string
let lastRunId: string
let allEvents: Followed & { stop(): unknown }

beforeAll(async () => {
  job = await startDemoJob()
})
afterAll(async () => {
  await allEvents?.stop()
  await job?.stop()
})

const count = (list: string, filter = {}) =>
  job.owner
    .data(
      `query ($id: ID!, $filter: RecordFilter) { connection(id: $id) { ${list}(filter: $filter) { totalCount } } }`,
      {
        id: connectionId,
        filter,
      },
    )
    .then(({ connection }) => connection[list].totalCount)

test('the owner key opens every environment, and another key none', async () => {
  const query = '{ viewer { kind scopes environment { name } connection { id } } }'
  const { viewer } = await job.owner.data(query)
  expect(viewer).toMatchObject({ kind: 'OWNER', environment: { name: 'production' }, connection: null })
  expect(viewer.scopes).toHaveLength(9)
  const development = callerOf(job.syncline.apiUrl, ownerKey, 'development')
  expect(await development.data(query)).toMatchObject({ viewer: { environment: { name: 'development' } } })
  const stranger = await callerOf(job.syncline.apiUrl, `${ownerKey}?`).ask(query)
  expect(stranger).toMatchObject({ status: 401, data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('testConnection tells what the source serves and stores nothing', async () => {
  const input = { system: 'demo', config: {}, credentials: {} }
  expect(await job.owner.mutate('testConnection', input, '{ entities }')).toEqual({
    __typename: 'TestConnectionPayload',
    entities: ['VENDOR', 'PART', 'ASSET', 'WORK_ORDER', 'PURCHASE_ORDER'],
  })
  const { connections, credits } = await job.owner.data('{ connections { totalCount } credits { used total } }')
  expect([connections, credits]).toEqual([{ totalCount: 0 }, { used: 0, total: 100 }])
})

test('createConnection takes the credit, shows the token once and starts the initial sync', async () => {
  const input = { system: 'demo', name: 'Acme ERP', config: { pageSize: 100 }, credentials: {}, idempotencyKey: 'once' }
  const selection = '{ token tokenDelivery connection { id } syncRun { id mode trigger } }'
  const result = await job.owner.mutate('createConnection', input, selection)
  expect(result).toMatchObject({ tokenDelivery: 'SHOWN', syncRun: { mode: 'INITIAL', trigger: 'CONNECT' } })
  expect(result.token).toMatch(/^syn_prod_c[0-9A-Za-z]{49}$/)
  ;({ token } = result)
  connectionId = result.connection.id
  syncRunId = result.syncRun.id
  allEvents = follow(job.owner, 'connectionEvents', connectionId, '0')

  const replay = await job.owner.mutate('createConnection', input, selection)
  expect(replay).toMatchObject({ token: null, connection: { id: connectionId }, syncRun: { id: syncRunId } })
  const { credits } = await job.owner.data(
    '{ credits { used available ledger { edges { node { delta balance connection { id } } } } } }',
  )
  expect(credits).toMatchObject({ used: 1, available: 99 })
  expect(credits.ledger.edges[0].node).toEqual({ delta: -1, balance: 99, connection: { id: connectionId } })

  const later = await job.owner.ask(`{ connections { edges { node { name config status token { prefix lastFour } } } }
    auditLog { edges { node { action target actor outcome } } } }`)
  expect(later.data.connections.edges[0].node).toMatchObject({
    status: 'ACTIVE',
    token: { prefix: token.slice(0, 14), lastFour: token.slice(-4) },
  })
  expect(later.text).not.toContain(token)
})

test('syncProgress tells the whole initial sync in order, from the start or from now, and completes with it', async () => {
  const whole = follow(job.owner, 'syncProgress', syncRunId, '0')
  const live = follow(job.owner, 'syncProgress', syncRunId)
  expect([await whole.completed, await live.completed]).toEqual([true, true])
  await Promise.all([whole.stop(), live.stop()])

  const stored = await storedEvents(job.owner, syncRunId)
  expect(whole.events).toEqual(stored)
  expectAscending(whole.sequences)
  expectTotalsNeverBackwards(stored)
  const types = stored.map(({ type }) => type)
  expect(types.slice(0, 2)).toEqual(['RUN_QUEUED', 'RUN_STARTED'])
  expect(types.at(-1)).toBe('RUN_FINISHED')
  expect(stored.at(-1)?.status).toBe('SUCCEEDED')
  for (const type of ['ENTITY_STARTED', 'ENTITY_FINISHED']) expect(types.filter((it) => it === type)).toHaveLength(5)

  // first the newest of the run and of each of its five entities, then all that follow
  expectAscending(live.sequences)
  expect(live.events.slice(6)).toEqual(stored.filter(({ sequence }) => Number(sequence) > (live.sequences[5] ?? 0)))
  expect(live.last).toBe(whole.last)
})

test('the initial sync stores what the source holds of the history period, and its counts add up', async () => {
  const run = await finished(job.owner, syncRunId)
  expect(run).toMatchObject({ status: 'SUCCEEDED', requestedBy: 'owner' })
  expect(run.lastSequence).toBe((await storedEvents(job.owner, syncRunId)).at(-1)?.sequence)
  expect(run.workflowUrl).toBe(
    `http://temporal.test/namespaces/default/workflows/${encodeURIComponent(run.workflowId)}`,
  )
  for (const { entity, windowStart, counts } of run.entities as EntityRun[]) {
    expect(windowStart !== null, entity).toBe(documents.includes(entity))
    const expected = sourceRecords(job.demo, entity as SyncedEntity, windowStart ? new Date(windowStart) : null)
    const stored = await walk(job.owner, connectionId, { list: 'records', entity, size: 200 })
    expect(externalIds(stored).sort(), entity).toEqual(expected.map(({ key }) => key).sort())
    expect(counts).toMatchObject({ fetched: expected.length, created: expected.length, updated: 0, unchanged: 0 })
    expect(run.totals.fetched).toBeGreaterThan(expected.length)
  }
})

test('an incremental sync fetches only what changed of the entities asked for', async () => {
  const before = await readFeed(job.owner, connectionId, 'PURCHASE_ORDER', null)
  const touched = sourceRecords(job.demo, 'PURCHASE_ORDER')
    .slice(300, 305)
    .map(({ key }) => key)
  job.demo.touch('PURCHASE_ORDER', touched)
  job.demo.touch('VENDOR', 2)
  job.demo.touch('PART', 3)
  const inserted = job.demo.insert('PURCHASE_ORDER', 2)

  const { syncRun } = await startSync(job.owner, { connectionId, entities: ['PURCHASE_ORDER', 'VENDOR'] })
  const run = await finished(job.owner, syncRun.id)
  expect(run).toMatchObject({ status: 'SUCCEEDED', mode: 'INCREMENTAL', trigger: 'MANUAL' })
  expect(run.entities).toHaveLength(2)
  const orders = run.of('PURCHASE_ORDER').counts
  expect(orders).toMatchObject({ created: 2, updated: 5, deleted: 0, rejected: 0 })
  // from the highest stamp on, inclusive: what bore it comes again
  expect(orders).toMatchObject({ fetched: 7 + orders.unchanged, unchanged: 1 })
  expect(run.of('VENDOR').counts).toMatchObject({ created: 0, updated: 2 })
  expect(await job.owner.data(statesQuery, { id: connectionId })).toMatchObject({
    connection: { entities: expect.arrayContaining([{ entity: 'PART', lastRun: { mode: 'INITIAL' } }]) },
  })

  const { entries } = await readFeed(job.owner, connectionId, 'PURCHASE_ORDER', before.cursor)
  const told = entries.map(({ kind, record }) => `${kind} ${record.externalId}`).sort()
  expect(told).toEqual([...inserted.map((key) => `CREATED ${key}`), ...touched.map((key) => `UPDATED ${key}`)].sort())
})

const statesQuery = 'query ($id: ID!) { connection(id: $id) { entities { entity lastRun { mode } } } }'

test('a full re-sync finds what is gone at the source: deleted, kept, and told in the feed', async () => {
  const before = await readFeed(job.owner, connectionId, 'PURCHASE_ORDER', null)
  const total = await count('purchaseOrders')
  const gone = sourceRecords(job.demo, 'PURCHASE_ORDER')
    .slice(400, 407)
    .map(({ key }) => key)
  job.demo.remove('PURCHASE_ORDER', gone)

  const { syncRun } = await startSync(job.owner, { connectionId, entities: ['PURCHASE_ORDER'], mode: 'FULL_RESYNC' })
  lastRunId = syncRun.id
  const run = await finished(job.owner, lastRunId)
  expect(run).toMatchObject({ status: 'SUCCEEDED', mode: 'FULL_RESYNC' })
  expect(run.totals).toMatchObject({ created: 0, updated: 0, deleted: 7, heldDeletes: 0 })
  expect(run.totals.unchanged).toBeGreaterThanOrEqual(total - 7)

  expect(await count('purchaseOrders')).toBe(total - 7)
  expect(await count('purchaseOrders', { includeDeleted: true })).toBe(total)
  const filter = { includeDeleted: true }
  const all = await walk(job.owner, connectionId, { list: 'purchaseOrders', filter, selection: 'externalId deletedAt' })
  const deleted = all.filter(({ deletedAt }) => deletedAt !== null)
  expect(externalIds(deleted).sort()).toEqual([...gone].sort())
  const { entries } = await readFeed(job.owner, connectionId, 'PURCHASE_ORDER', before.cursor)
  expect(entries.map(({ kind, record }) => `${kind} ${record.externalId}`).sort()).toEqual(
    gone.map((key) => `DELETED ${key}`).sort(),
  )
})

test('the events of the connection have had no gap, and no log has told a secret', async () => {
  await allEvents.until(({ syncRunId, type }) => type === 'RUN_FINISHED' && syncRunId === lastRunId)
  expect(allEvents.sequences).toEqual(allEvents.sequences.map((_, i) => i + 1))
  expect(allEvents.errors).toEqual([])
  expectTotalsNeverBackwards(allEvents.events)
  expect(allEvents.events.filter(({ type }) => type === 'RUN_FINISHED')).toHaveLength(3)
  const logs = job.syncline.logs()
  expect(logs).toContain('the API is ready')
  for (const secret of [token, ownerKey]) expect(logs).not.toContain(secret)
})
