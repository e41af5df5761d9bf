import { randomBytes } from 'node:crypto'
import type { SyncMode } from '../../src/generated/prisma/enums.ts'
import { type EntityType, entityCodes } from '../../src/model/entity-type.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import type { NewAuditEntry } from '../../src/store/audit.ts'
import { insertConnection } from '../../src/store/connection-insert.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { newId } from '../../src/store/ids.ts'
import { insertSyncRun } from '../../src/store/sync-run-insert.ts'
import { transaction } from '../../src/store/transaction.ts'
import { freshDatabase } from '../database.ts'

/** A database of the test file's own, opened as a worker opens its. */
export async function openFreshDatabase(): Promise<Database> {
  return openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 12, onError: () => {} })
}

export interface Seeded {
  connectionId: string
  connectionKey: number
  environmentId: string
}

/** A connection as createConnection stores it, without a run. */
export async function seedConnection(db: Database, entities: readonly SyncedEntity[] = ['PART']): Promise<Seeded> {
  const environment = await db.prisma.environment.findUniqueOrThrow({ where: { name: 'production' } })
  const connectionId = newId()
  await transaction(db, (client) =>
    insertConnection(client, {
      id: connectionId,
      environmentId: environment.id,
      name: 'Seeded',
      system: 'demo',
      customer: null,
      config: {},
      credentialsRef: 'local:none',
      historyDays: 90,
      creditCost: 1,
      entities,
      schedule: null,
      token: { id: newId(), hash: randomBytes(32), prefix: 'syn_prod_test', lastFour: 'abcd' },
    }),
  )
  const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  return { connectionId, connectionKey: key, environmentId: environment.id }
}

/** A queued run of these entities; answers its id and its entity runs' ids in the same order. */
export async function seedRun(
  db: Database,
  { connectionId }: Seeded,
  entities: readonly { entity: SyncedEntity; mode?: SyncMode; slot?: 'ACTIVE' | 'WAITING' }[],
): Promise<{ syncRunId: string; entityRunIds: string[] }> {
  const syncRunId = await transaction(db, (client) =>
    insertSyncRun(client, {
      connectionId,
      mode: entities[0]?.mode ?? 'INITIAL',
      trigger: 'MANUAL',
      requestedBy: 'test',
      entities: entities.map(({ entity, mode = 'INITIAL', slot = 'ACTIVE' }) => ({ entity, mode, slot })),
    }),
  )
  const runs = await db.prisma.entityRun.findMany({ where: { syncRunId } })
  const idOf = (entity: EntityType) => runs.find((run) => run.entity === entity)?.id ?? ''
  return { syncRunId, entityRunIds: entities.map(({ entity }) => idOf(entity)) }
}

/** A new connection, a run of one entity and its first fence: whoever holds it may write. */
export async function seedWriter(db: Database, entity: SyncedEntity = 'PART') {
  const seeded = await seedConnection(db, [entity])
  const { syncRunId, entityRunIds } = await seedRun(db, seeded, [{ entity }])
  const entityRunId = entityRunIds[0] ?? ''
  return { ...seeded, syncRunId, entityRunId, writer: await takeFence(db, entityRunId, false) }
}

/** What someone who cancels a run leaves in the audit log. */
export const cancelEntry: NewAuditEntry = {
  environmentId: null,
  actor: 'test',
  action: 'SYNC_CANCEL',
  target: null,
  outcome: 'OK',
  ip: null,
}

export const entityRunOf = (db: Database, id: string) => db.prisma.entityRun.findUniqueOrThrow({ where: { id } })

export const entityStateOf = (
  db: Database,
  { connectionId }: Pick<Seeded, 'connectionId'>,
  entity: SyncedEntity = 'PART',
) => db.prisma.entityState.findUniqueOrThrow({ where: { connectionId_entity: { connectionId, entity } } })

export const eventsOf = (db: Database, { connectionId }: Pick<Seeded, 'connectionId'>) =>
  db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } })

export const recordsOf = (
  db: Database,
  { connectionKey }: Pick<Seeded, 'connectionKey'>,
  entity: SyncedEntity = 'PART',
) =>
  db.prisma.record.findMany({ where: { connectionKey, entity: entityCodes[entity] }, orderBy: { externalId: 'asc' } })
