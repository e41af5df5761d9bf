import type { Connector } from '../../src/connectors/contract.ts'
import type { DemoSourceOptions } from '../../src/embedded/demo-source/create-demo-source.ts'
import { initialSwitches } from '../../src/embedded/demo-source/switches.ts'
import type { EntityRun, SyncMode } from '../../src/generated/prisma/client.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { startEngine } from './engine.ts'

export type FaultyRig = Awaited<ReturnType<typeof startFaulty>>

/** The engine with a worker, over a demo source whose switches a test sets; nothing of it is played. */
export async function startFaulty(
  options: Omit<DemoSourceOptions, 'anchor'> = {},
  wrap: (connector: Connector) => Connector = (it) => it,
) {
  const engine = await startEngine(options, {}, wrap)
  await engine.startWorker()
  const { db, demo, operations, owner } = engine
  const keyOf = async (connectionId: string) =>
    (await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })).key

  return {
    ...engine,
    /** All switches as at the start, but these. */
    only: (switches: Parameters<typeof demo.setSwitches>[0]) =>
      demo.setSwitches({ ...initialSwitches({}), ...switches }),
    async connect(entities: SyncedEntity[], config: Record<string, unknown> = { pageSize: 20 }) {
      const input = { system: 'demo', name: 'Faulty', config, credentials: {}, entities, historyDays: 3_650 }
      return operations.createConnection(owner, input)
    },
    start: async (connectionId: string, mode: SyncMode, entities: SyncedEntity[]) =>
      (await operations.startSync(owner, { connectionId, mode, entities })).syncRunId,
    /** The run as it ended, its entity runs by entity. */
    async ended(syncRunId: string) {
      const run = await engine.finished(syncRunId)
      return { status: run.status, of: Object.fromEntries(run.entities.map((it) => [it.entity, it])) as Ended }
    },
    /** Keys and texts of the live records, as stored and as the source has them. */
    async bothSides(connectionId: string, entity: SyncedEntity) {
      const where = { connectionKey: await keyOf(connectionId), entity: entityCodes[entity], deletedAt: null }
      const rows = await db.prisma.record.findMany({ where, select: { externalId: true, raw: true } })
      return {
        stored: rows.map(({ externalId, raw }) => `${externalId} ${raw}`).sort(),
        atSource: [...demo.all(entity)].map(({ key, json }) => `${key} ${json}`).sort(),
      }
    },
    /** What the API was asked from this moment on. */
    log() {
      const before = demo.requests().length
      return () => demo.requests().slice(before)
    },
  }
}

type Ended = Partial<Record<string, EntityRun>>
