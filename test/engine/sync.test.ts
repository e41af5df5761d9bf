import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine
let connectionId: string

beforeAll(async () => {
  engine = await startEngine({
    counts: { VENDOR: 50, PART: 300, ASSET: 200, WORK_ORDER: 1_000, PURCHASE_ORDER: 3_000 },
  })
  await engine.startWorker()
})
afterAll(() => engine.stop())

test('an initial sync stores every record of the history period exactly once', async () => {
  const created = await engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: {},
  })
  connectionId = created.connectionId
  const run = await engine.finished(created.syncRunId)
  expect(run.status).toBe('SUCCEEDED')
  for (const entity of run.entities) {
    const start = entity.windowStart
    const expected = [...engine.demo.all(entity.entity as 'VENDOR')].filter(
      (record) => !start || record.modified >= start,
    )
    const stored = await engine.db.prisma.record.count({ where: { connectionKey: 1, entity: codeOf(entity.entity) } })
    expect([entity.entity, stored, entity.created, entity.rejected]).toEqual([
      entity.entity,
      expected.length,
      expected.length,
      0,
    ])
  }
})

test('an incremental run fetches only what changed', async () => {
  engine.demo.touch('PURCHASE_ORDER', 5)
  const { syncRunId } = await engine.operations.startSync(engine.owner, { connectionId, entities: ['PURCHASE_ORDER'] })
  const run = await engine.finished(syncRunId)
  expect(run).toMatchObject({ status: 'SUCCEEDED', mode: 'INCREMENTAL' })
  const [entity] = run.entities
  // one that was older than the history period is new
  expect((entity?.updated ?? 0) + (entity?.created ?? 0)).toBe(5)
  expect(entity?.fetched).toBeLessThan(20)
})

test('a full re-sync deletes what is gone at the source', async () => {
  const keys = [...engine.demo.all('PURCHASE_ORDER')].slice(-7).map((record) => record.key)
  engine.demo.remove('PURCHASE_ORDER', keys)
  const { syncRunId } = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['PURCHASE_ORDER'],
    mode: 'FULL_RESYNC',
  })
  const run = await engine.finished(syncRunId)
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    mode: 'FULL_RESYNC',
    entities: [{ deleted: 7, created: 0, updated: 0 }],
  })
})

test('a disconnected connection is cleaned up and takes no further sync', async () => {
  const { creditsReturned } = await engine.operations.disconnectConnection(engine.owner, { connectionId })
  expect(creditsReturned).toBe(1)
  await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
  const connection = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  expect(connection.credentialsRef).toBeNull()
  expect(await engine.db.prisma.localSecret.count()).toBe(0)
  await expect(engine.operations.startSync(engine.owner, { connectionId })).rejects.toMatchObject({
    code: 'CONNECTION_DISCONNECTED',
  })
})

function codeOf(entity: string): number {
  return { VENDOR: 7, PART: 5, ASSET: 3, WORK_ORDER: 8, PURCHASE_ORDER: 12 }[entity] ?? 0
}
