import type { DemoSourceOptions } from '../../src/embedded/demo-source/create-demo-source.ts'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import { startEngine } from './engine.ts'
import { tamperedDemo } from './tampered-demo.ts'

export type TamperedRig = Awaited<ReturnType<typeof startTampered>>

/** The engine with a worker, over a demo source that a test can tamper with. Pages have 20 records, so that there are several. */
export async function startTampered(options: Omit<DemoSourceOptions, 'anchor'> = {}) {
  const tampered = tamperedDemo()
  const engine = await startEngine(options, {}, tampered.wrap)
  await engine.startWorker()
  const { db, demo, operations, owner } = engine

  async function start(connectionId: string, mode: SyncMode, entities: SyncedEntity[] = ['PART']) {
    return (await operations.startSync(owner, { connectionId, mode, entities })).syncRunId
  }
  async function entityRun(syncRunId: string, entity: SyncedEntity = 'PART') {
    await engine.finished(syncRunId)
    return db.prisma.entityRun.findUniqueOrThrow({ where: { syncRunId_entity: { syncRunId, entity } } })
  }

  return {
    ...engine,
    tampered,
    start,
    entityRun,
    /** A connection whose initial run has ended. */
    async connect(entities: SyncedEntity[] = ['PART'], rest: { historyDays?: number } = {}) {
      const { connectionId, syncRunId } = await operations.createConnection(owner, {
        system: 'demo',
        name: 'Tampered',
        config: { pageSize: 20 },
        credentials: {},
        entities,
        ...rest,
      })
      const run = await engine.finished(syncRunId)
      const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
      tampered.reset()
      return { connectionId, key, run }
    },
    run: async (connectionId: string, mode: SyncMode, entity: SyncedEntity = 'PART') =>
      entityRun(await start(connectionId, mode, [entity]), entity),
    /** Keys of the stored records that are live, or that are deleted. */
    async keys(connectionKey: number, which: 'live' | 'deleted', entity: SyncedEntity = 'PART') {
      const deletedAt = which === 'live' ? null : { not: null }
      const where = { connectionKey, entity: entityCodes[entity], deletedAt }
      const rows = await db.prisma.record.findMany({ where, select: { externalId: true } })
      return rows.map((row) => row.externalId).sort()
    },
    /** Keys at the source, in its order. */
    atSource: (entity: SyncedEntity = 'PART') => [...demo.all(entity)].map((record) => record.key),
  }
}
