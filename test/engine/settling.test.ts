import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSettling } from '../../src/activities/settling.ts'
import { partitionOf } from '../../src/store/record-partition.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({ counts: { PURCHASE_ORDER: 10_000 } })
  await engine.db.pool.query(
    `DO $$ BEGIN FOR i IN 0..31 LOOP EXECUTE format('ALTER TABLE record_p%s SET (autovacuum_enabled = off)', lpad(i::text, 2, '0')); END LOOP; END $$`,
  )
})
afterAll(() => engine.stop())

/** Whether PostgreSQL knows what the partition of a connection holds, and that its rows are committed. */
async function isSettled(connectionId: string): Promise<boolean> {
  const { key } = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  const { rows } = await engine.db.pool.query<{ settled: boolean }>(
    `SELECT relallvisible > 0 AND EXISTS (SELECT FROM pg_statistic WHERE starelid = c.oid) AS settled FROM pg_class c WHERE oid = $1::regclass`,
    [await partitionOf(engine.db.pool, key)],
  )
  return rows[0]?.settled ?? false
}

async function synced(name: string) {
  const { connectionId, syncRunId } = await engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name,
    config: { pageSize: 5_000 },
    credentials: {},
    entities: ['PURCHASE_ORDER'],
    historyDays: 3_650,
  })
  const run = await engine.finished(syncRunId)
  expect(run.status).toBe('SUCCEEDED')
  return connectionId
}

test('behind an initial sync its partition is vacuumed and analyzed; a failure of that is told once and hurts no run', async () => {
  const told: string[] = []
  const { signal } = new AbortController()
  const log = { ...engine.deps.log, warn: (_: unknown, text: string) => void told.push(text) } as typeof engine.deps.log // it asks for no more
  const working = createSettling({ db: engine.db, log, signal })
  let tried = 0
  const away = {
    ...engine.db,
    get url() {
      tried += 1
      return 'postgresql://127.0.0.1:1/none'
    },
  }
  const failing = createSettling({ db: away, log, signal })
  let settling = working
  Object.assign(engine.deps.settling, {
    async ended(entityRunId: string) {
      // the tests' PostgreSQL answers a commit before it is flushed, and notes on no page what is not
      await engine.db.pool.query('CHECKPOINT')
      settling.ended(entityRunId)
    },
  })
  await engine.startWorker()

  const settled = await synced('Settled')
  await eventually('its partition is settled', () => isSettled(settled))
  expect(told).toEqual([])

  settling = failing
  const first = await synced('Not settled')
  await eventually('the failure is told', () => told.length > 0)
  const second = await synced('Not settled either')
  // one at a time: with the third attempt the second is over
  const { rows } = await engine.db.pool.query<{ id: string }>('SELECT id FROM entity_run WHERE connection_id = $1', [
    first,
  ])
  failing.ended(rows[0]?.id ?? '')
  await eventually('the third attempt', () => tried >= 3)
  expect([await isSettled(first), await isSettled(second)]).toEqual([false, false])
  expect(told).toEqual([expect.stringContaining('autovacuum does it later')])
})

test('nothing begins any more in a process that stops', async () => {
  const stopping = new AbortController()
  const asked: string[] = []
  const db = new Proxy(engine.db, { get: (_, name) => void asked.push(String(name)) })
  const settling = createSettling({ db, log: engine.deps.log, signal: stopping.signal })
  stopping.abort()
  settling.ended('any')
  await new Promise(setImmediate)
  expect(asked).toEqual([])
})
