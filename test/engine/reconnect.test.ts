import { afterAll, beforeAll, expect, test } from 'vitest'
import { entityCodes } from '../../src/model/entity-type.ts'
import { eventually } from '../eventually.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine({ counts: { VENDOR: 30, PART: 300, ASSET: 1, WORK_ORDER: 1, PURCHASE_ORDER: 1 } })
  await engine.startWorker()
})
afterAll(() => engine.stop())

const recordsOf = async (connectionId: string) => {
  const { key } = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  return engine.db.prisma.record.findMany({
    where: { connectionKey: key, entity: entityCodes.PART },
    orderBy: { externalId: 'asc' },
  })
}

test('a reconnected system is read anew into the new connection; the old data stay with the old one, and are deleted alone', async () => {
  const { operations, owner, db } = engine
  const first = await operations.createConnection(owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: {},
    entities: ['PART', 'VENDOR'],
    schedule: { every: 'PT1H' },
  })
  await engine.finished(first.syncRunId)
  await operations.disconnectConnection(owner, first)
  await engine.client.workflow.getHandle(`clean-up/${first.connectionId}`).result()
  const old = await recordsOf(first.connectionId)
  expect(old).toHaveLength(300)
  engine.demo.touch('PART', 100)

  const second = await operations.reconnectConnection(owner, { connectionId: first.connectionId, credentials: {} })
  expect(await engine.finished(second.syncRunId)).toMatchObject({
    status: 'SUCCEEDED',
    mode: 'INITIAL',
    entities: [{ mode: 'INITIAL' }, { mode: 'INITIAL' }],
  })
  expect(await recordsOf(first.connectionId)).toEqual(old)
  const fresh = await recordsOf(second.connectionId)
  expect(fresh.map(({ externalId }) => externalId)).toEqual(old.map(({ externalId }) => externalId))
  expect(fresh).not.toEqual(old)
  expect(await engine.deps.temporal.schedules.listed(first.connectionId)).toEqual([])
  await eventually(
    'its schedule',
    async () => (await engine.deps.temporal.schedules.listed(second.connectionId)).length === 1,
  )

  await operations.deleteConnectionData(owner, { connectionId: first.connectionId })
  await engine.client.workflow.getHandle(`delete-data/${first.connectionId}`).result()
  expect(await recordsOf(first.connectionId)).toEqual([])
  expect(await recordsOf(second.connectionId)).toEqual(fresh)
  const { syncRunId } = await operations.startSync(owner, second)
  expect(await engine.finished(syncRunId)).toMatchObject({ status: 'SUCCEEDED', mode: 'INCREMENTAL' })
  await operations.disconnectConnection(owner, second)
  expect(await db.prisma.connection.count({ where: { disconnectedAt: null } })).toBe(0)
})
