import { createHash } from 'node:crypto'
import { issueToken } from '../../src/auth/token.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import type { SyncedEntity } from '../../src/model/entities.ts'
import { entityCodes } from '../../src/model/entity-type.ts'
import { insertApiKey } from '../../src/store/api-key.ts'
import { insertConnection } from '../../src/store/connection-insert.ts'
import type { Database } from '../../src/store/database.ts'
import { appendEvents, type NewEvent } from '../../src/store/event-append.ts'
import { newId } from '../../src/store/ids.ts'
import { insertSyncRun } from '../../src/store/sync-run-insert.ts'
import { transaction } from '../../src/store/transaction.ts'

export type EnvironmentName = 'production' | 'development' | 'testing'

const allEntities: readonly SyncedEntity[] = ['VENDOR', 'PART', 'ASSET', 'WORK_ORDER', 'PURCHASE_ORDER']

export async function environmentOf(db: Database, name: EnvironmentName) {
  return db.prisma.environment.findUniqueOrThrow({ where: { name } })
}

/** A connection as createConnection stores it, with a working token. */
export async function addConnection(
  db: Database,
  options: {
    environment?: EnvironmentName
    name?: string
    customer?: { externalId: string; name: string | null }
    schedule?: unknown
  } = {},
) {
  const environment = await environmentOf(db, options.environment ?? 'production')
  const { token, ...stored } = issueToken({ environmentKind: environment.kind, of: 'CONNECTION' })
  const id = newId()
  await transaction(db, (client) =>
    insertConnection(client, {
      id,
      environmentId: environment.id,
      name: options.name ?? 'Plant',
      system: 'paper',
      customer: options.customer ?? null,
      config: {},
      credentialsRef: 'local:none',
      historyDays: 90,
      creditCost: 1,
      entities: allEntities,
      schedule: options.schedule ?? null,
      token: { id: newId(), ...stored },
    }),
  )
  const { key } = await db.prisma.connection.findUniqueOrThrow({ where: { id } })
  return { id, key, token }
}

export async function addApiKey(
  db: Database,
  {
    environment = 'production',
    scopes,
    expiresAt = null,
  }: { environment?: EnvironmentName; scopes: Scope[]; expiresAt?: Date | null },
) {
  const { id: environmentId, kind } = await environmentOf(db, environment)
  const { token, ...stored } = issueToken({ environmentKind: kind, of: 'API_KEY' })
  const id = newId()
  await transaction(db, (client) =>
    insertApiKey(client, {
      secret: { id: newId(), ...stored },
      id,
      environmentId,
      name: 'test',
      scopes,
      createdBy: 'owner',
      expiresAt,
    }),
  )
  return { id, token }
}

/** A queued run of these entities, with the event that says so. */
export async function addRun(db: Database, connectionId: string, entities: readonly SyncedEntity[] = ['PART']) {
  const id = await transaction(db, (client) =>
    insertSyncRun(client, {
      connectionId,
      mode: 'INITIAL',
      trigger: 'MANUAL',
      requestedBy: 'owner',
      entities: entities.map((entity) => ({ entity, mode: 'INITIAL', slot: 'ACTIVE' })),
    }),
  )
  return id
}

/** Ends a run in the database, as the activity that ends runs does. */
export async function endRun(db: Database, connectionId: string, runId: string) {
  await transaction(db, async (client) => {
    await client.query(
      `UPDATE entity_run SET status = 'SUCCEEDED', slot = NULL, finished_at = now() WHERE sync_run_id = $1`,
      [runId],
    )
    await client.query(`UPDATE sync_run SET status = 'SUCCEEDED', finished_at = now() WHERE id = $1`, [runId])
    await appendEvents(client, connectionId, [{ type: 'RUN_FINISHED', syncRunId: runId, status: 'SUCCEEDED' }])
  })
}

export async function addEvents(db: Database, connectionId: string, events: readonly NewEvent[]) {
  await transaction(db, (client) => appendEvents(client, connectionId, events))
}

/** Nobody announces them. */
export async function addSilently(db: Database, connectionId: string, events: readonly NewEvent[]) {
  const client = await db.pool.connect()
  try {
    await client.query('BEGIN')
    await appendEvents(client, connectionId, events)
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

export interface NewRecord {
  externalId: string
  number?: string | null
  status?: string | null
  sourceUpdatedAt?: string | null
  updatedAt?: string
  changeSeq?: number
  createdSeq?: number
  deleted?: boolean
  data?: Record<string, unknown>
  raw?: string
}

export async function addRecords(
  db: Database,
  connectionKey: number,
  entity: SyncedEntity,
  records: readonly NewRecord[],
) {
  for (const [i, record] of records.entries()) {
    await db.pool.query(
      `INSERT INTO record (connection_key, entity, external_id, change_seq, created_seq, content_hash, number, status, source_created_at,
                           source_updated_at, first_seen_at, updated_at, deleted_at, data, raw)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, now(), coalesce($10::timestamptz, now()), $11, $12, $13)`,
      [
        connectionKey,
        entityCodes[entity],
        record.externalId,
        record.changeSeq ?? i + 1,
        record.createdSeq ?? record.changeSeq ?? i + 1,
        createHash('md5').update(record.externalId).digest(),
        record.number ?? null,
        record.status ?? null,
        record.sourceUpdatedAt ?? null,
        record.updatedAt ?? null,
        record.deleted ? new Date() : null,
        JSON.stringify(record.data ?? {}),
        record.raw ?? '{}',
      ],
    )
  }
  const newest = Math.max(0, ...records.map(({ changeSeq }, i) => changeSeq ?? i + 1))
  await db.pool.query(
    `UPDATE entity_state SET change_seq = GREATEST(change_seq, $3)
     WHERE entity = $2::"EntityType" AND connection_id = (SELECT id FROM connection WHERE key = $1)`,
    [connectionKey, entity, newest],
  )
}
