import type pg from 'pg'
import type { Slot, SyncMode, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredSchedule } from './connection-schedules.ts'
import type { Database } from './database.ts'
import { ConnectionGone } from './errors.ts'
import { appendEvents, lockGate } from './event-append.ts'
import { transaction } from './transaction.ts'

export interface StartedEntityRun {
  entityRunId: string
  entity: EntityType
  mode: SyncMode
  slot: Slot | null
  connectionId: string
  /** Of its entity; null: manual only. */
  schedule: StoredSchedule | null
}

export interface StartedRun {
  mode: SyncMode
  entities: StartedEntityRun[]
}

/** RUNNING, told once; answers the entity runs that have not ended. Repeating it changes nothing. */
export async function beginSyncRun(db: Database, syncRunId: string): Promise<StartedRun> {
  return transaction(db, async (client) => {
    const { connectionId } = await runOf(client, syncRunId)
    const gate = await lockGate(client, connectionId)
    // under the gate: until then a run that waits may be raised
    const { mode } = await runOf(client, syncRunId)
    if (gate === 'DISCONNECTED') return { mode, entities: [] }
    const begun = await client.query(
      `UPDATE sync_run SET status = 'RUNNING', started_at = now() WHERE id = $1 AND status = 'QUEUED'`,
      [syncRunId],
    )
    if (begun.rowCount === 1)
      await appendEvents(client, connectionId, [{ type: 'RUN_STARTED', syncRunId, status: 'RUNNING' }])
    const entities = await client.query<StartedEntityRun>(
      `SELECT e.id AS "entityRunId", e.entity, e.mode, e.slot, e.connection_id AS "connectionId", s.schedule
       FROM entity_run e LEFT JOIN entity_state s ON s.connection_id = e.connection_id AND s.entity = e.entity
       WHERE e.sync_run_id = $1 AND e.slot IS NOT NULL ORDER BY e.entity`,
      [syncRunId],
    )
    return { mode, entities: entities.rows }
  })
}

async function runOf(client: pg.ClientBase, syncRunId: string) {
  const { rows } = await client.query<{ connectionId: string; mode: SyncMode }>(
    'SELECT connection_id AS "connectionId", mode FROM sync_run WHERE id = $1',
    [syncRunId],
  )
  const [run] = rows
  if (!run) throw new ConnectionGone('The run does not exist.')
  return run
}

/** Ends a run whose entity runs have all ended; its status is theirs taken together. Repeating it changes nothing. */
export async function endSyncRun(db: Database, syncRunId: string): Promise<SyncStatus> {
  return transaction(db, async (client) => {
    const run = await client.query<{ connection_id: string; status: SyncStatus }>(
      'SELECT connection_id, status FROM sync_run WHERE id = $1',
      [syncRunId],
    )
    const found = run.rows[0]
    if (!found) throw new Error(`run ${syncRunId} does not exist`)
    const connectionId = found.connection_id
    if ((await lockGate(client, connectionId)) === 'DISCONNECTED') return found.status
    const entities = await client.query<{ status: SyncStatus; open: boolean }>(
      'SELECT status, slot IS NOT NULL AS open FROM entity_run WHERE sync_run_id = $1',
      [syncRunId],
    )
    if (entities.rows.some((entity) => entity.open))
      throw new Error(`run ${syncRunId} has entities that have not ended`)
    const status = together(entities.rows.map((entity) => entity.status))
    const ended = await client.query(
      `UPDATE sync_run SET status = $2::"SyncStatus", finished_at = now() WHERE id = $1 AND finished_at IS NULL`,
      [syncRunId, status],
    )
    if (ended.rowCount === 1) await appendEvents(client, connectionId, [{ type: 'RUN_FINISHED', syncRunId, status }])
    return status
  })
}

function together(statuses: readonly SyncStatus[]): SyncStatus {
  const succeeded = statuses.filter((status) => status === 'SUCCEEDED').length
  if (succeeded === statuses.length) return 'SUCCEEDED'
  if (succeeded > 0) return 'PARTIALLY_SUCCEEDED'
  return statuses.every((status) => status === 'CANCELED') ? 'CANCELED' : 'FAILED'
}

export async function rememberTemporalRun(db: Database, syncRunId: string, temporalRunId: string): Promise<void> {
  await db.pool.query('UPDATE sync_run SET temporal_run_id = $2 WHERE id = $1', [syncRunId, temporalRunId])
}
