import { afterEach, expect, inject, test } from 'vitest'
import { createDemoSource } from '../../src/embedded/demo-source/create-demo-source.ts'
import { parseChangeCursor } from '../../src/graphql/change-cursor.ts'
import { openDatabase } from '../../src/store/database.ts'
import { callerOf } from '../e2e/graphql-client.ts'
import { eventually } from '../eventually.ts'
import { drawsFrom, shuffled } from './draws.ts'
import { ownerKey, startParts, type Victim } from './parts.ts'
import { wander } from './wanderer.ts'

const seed = Number(process.env['CHAOS_SEED'] ?? 1)
const entities = ['PART', 'WORK_ORDER', 'PURCHASE_ORDER'] as const
const kills: readonly Victim[] = ['api', 'api2', 'api', 'postgres', 'api2', 'api']
const deadlineMs = 180_000

interface Event {
  sequence: string
}
interface Page {
  changes: { kind: string; cursor: string; record: { externalId: string; raw: unknown } }[]
  endCursor: string | null
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

test('clients that come and go at random see every event once and in order, while API processes and PostgreSQL are killed under them', async () => {
  const draw = drawsFrom(seed)
  let answered = 0
  const demo = await createDemoSource({
    seed,
    anchor: new Date(Date.now() - 60_000),
    counts: { VENDOR: 0, ASSET: 0, PART: 1_500, WORK_ORDER: 3_000, PURCHASE_ORDER: 4_500 },
    control: false,
    switches: { latencyMs: 60 },
    // asked for the Date of every answer
    now() {
      answered += 1
      return new Date()
    },
  })
  closing.push(() => demo.close())
  const parts = await startParts({ temporalCli: inject('temporalCli'), demoUrl: demo.url, twoApis: true })
  closing.push(() => parts.stop())
  const db = openDatabase({ url: parts.databaseUrl, applicationName: 'chaos', max: 4, onError: () => {} })
  closing.push(() => db.close().catch(() => {}))
  const callers = [callerOf(parts.apiUrl, ownerKey), callerOf(parts.secondApiUrl, ownerKey)] as const

  const made = await callers[0].mutate(
    'createConnection',
    {
      system: 'demo',
      name: 'Gapless',
      config: { pageSize: 50, maxInFlight: 2 },
      credentials: {},
      entities,
      historyDays: 3650,
    },
    '{ connection { id } syncRun { id } }',
  )
  const id: string = made.connection.id
  const wanderer = <T>(query: string, variables: object, after: string | null, cursorOf: (item: T) => string | null) =>
    wander<T>({
      pick: () => callers[draw(2)] ?? callers[0],
      query,
      variables: { id, ...variables },
      after,
      cursorOf,
      stay: () => 1 + draw(12),
    })
  const events =
    'subscription ($id: ID!, $after: BigInt) { connectionEvents(connectionId: $id, after: $after) { sequence } }'
  const progress =
    'subscription ($id: ID!, $after: BigInt) { syncProgress(syncRunId: $id, after: $after) { sequence } }'
  const changes = `subscription ($id: ID!, $entity: EntityType!, $after: String) {
      recordChanges(connectionId: $id, entity: $entity, after: $after, first: 100) {
        changes { kind cursor record { externalId raw } } endCursor } }`
  const ofConnection = [1, 2, 3, 4, 5].map(() => wanderer<Event>(events, {}, '0', ({ sequence }) => sequence))
  const ofRun = [1, 2].map(() => wanderer<Event>(progress, { id: made.syncRun.id }, '0', ({ sequence }) => sequence))
  const ofFeed = entities.map((entity) => wanderer<Page>(changes, { entity }, null, ({ endCursor }) => endCursor))
  closing.push(async () => {
    for (const one of [...ofConnection, ...ofFeed, ...ofRun]) one.stop()
  })

  const isFinished = async (table: string) => {
    const { rows } = await db.pool
      .query<{ open: number }>(`SELECT count(*)::int AS open FROM ${table} WHERE finished_at IS NULL`)
      .catch(() => ({ rows: [] }))
    return rows[0]?.open === 0
  }
  function changeSource() {
    for (const entity of entities) {
      demo.touch(entity, 60)
      const keys = [...demo.all(entity)].map(({ key }) => key)
      demo.remove(entity, shuffled(draw, keys).slice(0, 20))
      demo.insert(entity, 30)
    }
  }
  for (const victim of kills) {
    const at = answered + 5 + draw(20)
    await eventually(
      'the next moment to kill',
      async () => answered >= at || (await isFinished('sync_run')),
      deadlineMs,
    )
    changeSource()
    await parts.killAndRestart(victim)
  }
  await eventually('the end of the run', () => isFinished('sync_run'), deadlineMs)
  // the entity runs of a resync on top: events on connections that everyone follows already; it finds what has gone
  const again = await callers[0].mutate('startSync', { connectionId: id, mode: 'FULL_RESYNC' }, '{ syncRun { id } }')
  expect(again.__typename).toBe('StartSyncPayload')
  await eventually('the end of the re-sync', () => isFinished('sync_run'), deadlineMs)

  const { rows } = await db.pool.query<{ sequence: string; run: string | null }>(
    'SELECT sequence, sync_run_id AS run FROM event ORDER BY sequence',
  )
  const all = rows.map(({ sequence }) => sequence)
  expect(all).toEqual(all.map((_, i) => String(i + 1)))
  const idWithin = (nodeId: string) => Buffer.from(nodeId, 'base64').toString().split(':').at(-1) ?? ''
  const run = idWithin(made.syncRun.id)
  const ofThisRun = rows.filter((row) => row.run === run).map(({ sequence }) => sequence)
  try {
    for (const one of ofConnection) {
      await eventually('the last event', () => one.items.length >= all.length, deadlineMs)
      expect(one.items.map(({ sequence }) => sequence)).toEqual(all)
    }
    for (const one of ofRun) {
      expect(await one.completed).toBe(true)
      expect(one.items.map(({ sequence }) => sequence)).toEqual(ofThisRun)
    }
    for (const [i, one] of ofFeed.entries()) {
      const entity = entities[i] ?? 'PART'
      const feed = { connectionId: idWithin(id), entity }
      const { rows: states } = await db.pool.query<{ last: string }>(
        'SELECT change_seq AS last FROM entity_state WHERE connection_id = $1 AND entity = $2',
        [feed.connectionId, entity],
      )
      const sequenceOf = (cursor: string | null) => Number(parseChangeCursor(feed, cursor))
      const last = Number(states[0]?.last)
      await eventually(
        `the last change of ${entity}`,
        () => sequenceOf(one.items.at(-1)?.endCursor ?? null) >= last,
        deadlineMs,
      )
      const told = one.items.flatMap(({ changes }) => changes)
      const sequences = told.map(({ cursor }) => sequenceOf(cursor))
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b))
      expect(sequences.at(-1)).toBe(last)
      const copy = new Map<string, unknown>()
      for (const { kind, record } of told)
        if (kind === 'DELETED') copy.delete(record.externalId)
        else copy.set(record.externalId, record.raw)
      expect(copy).toEqual(new Map([...demo.all(entity)].map(({ key, json }) => [key, JSON.parse(json)])))
    }
    for (const one of [...ofConnection, ...ofRun, ...ofFeed]) {
      expect(one.refusals).toEqual([])
      // it was not one long socket
      expect(one.sockets()).toBeGreaterThan(2)
    }
  } catch (error) {
    console.log(parts.logs())
    throw error
  }
}, 400_000)
