import type pg from 'pg'
import type { Slot, SyncMode, SyncStatus, SyncTrigger } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredSchedule } from './connection-schedules.ts'
import { appendEvents } from './event-append.ts'
import { newId } from './ids.ts'

export interface EntityStanding {
  entity: EntityType
  enabled: boolean
  /** Whether a run has ever succeeded for it. */
  succeeded: boolean
  /** What the next run has to be whatever is asked. */
  dueMode: SyncMode | null
  schedule: StoredSchedule | null
  active: OpenRun | null
  waiting: OpenRun | null
}

export interface OpenRun {
  entityRunId: string
  syncRunId: string
  mode: SyncMode
  status: SyncStatus
}

/** What each entity of a connection is doing. Call under the gate's lock: nothing starts or ends meanwhile. */
export async function entityStandings(client: pg.ClientBase, connectionId: string): Promise<EntityStanding[]> {
  const states = await client.query<Omit<EntityStanding, 'active' | 'waiting'>>(
    `SELECT entity, enabled, last_successful_sync_at IS NOT NULL AS succeeded, due_mode AS "dueMode", schedule FROM entity_state
     WHERE connection_id = $1 ORDER BY entity`,
    [connectionId],
  )
  const open = await client.query<OpenRun & { entity: EntityType; slot: Slot }>(
    `SELECT id AS "entityRunId", sync_run_id AS "syncRunId", mode, status, entity, slot FROM entity_run
     WHERE connection_id = $1 AND slot IS NOT NULL`,
    [connectionId],
  )
  const held = (entity: EntityType, slot: Slot) =>
    open.rows.find((run) => run.entity === entity && run.slot === slot) ?? null
  return states.rows.map((state) => ({
    ...state,
    active: held(state.entity, 'ACTIVE'),
    waiting: held(state.entity, 'WAITING'),
  }))
}

export interface NewSyncRun {
  connectionId: string
  mode: SyncMode
  trigger: SyncTrigger
  requestedBy: string
  entities: readonly { entity: EntityType; mode: SyncMode; slot: Slot }[]
}

export const workflowIdOf = (syncRunId: string) => `sync-run/${syncRunId}`

/** Inserts a run with its entity runs and its first event. Call under the gate's lock. */
export async function insertSyncRun(client: pg.ClientBase, run: NewSyncRun): Promise<string> {
  const id = newId()
  await client.query(
    `INSERT INTO sync_run (id, connection_id, mode, trigger, requested_by, workflow_id)
     VALUES ($1, $2, $3::"SyncMode", $4::"SyncTrigger", $5, $6)`,
    [id, run.connectionId, run.mode, run.trigger, run.requestedBy, workflowIdOf(id)],
  )
  await client.query(
    `INSERT INTO entity_run (id, sync_run_id, connection_id, entity, mode, slot)
     SELECT e.id::uuid, $1, $2, e.entity::"EntityType", e.mode::"SyncMode", e.slot::"Slot"
     FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS e(id, entity, mode, slot)`,
    [
      id,
      run.connectionId,
      run.entities.map(() => newId()),
      run.entities.map((entity) => entity.entity),
      run.entities.map((entity) => entity.mode),
      run.entities.map((entity) => entity.slot),
    ],
  )
  await appendEvents(client, run.connectionId, [{ type: 'RUN_QUEUED', syncRunId: id, status: 'QUEUED' }])
  return id
}

/** Waiting incremental runs become the full re-sync that someone has asked for meanwhile; a run all of whose entities are re-synced by now is one. */
export async function raiseToFullResync(client: pg.ClientBase, entityRunIds: readonly string[]) {
  await client.query(`UPDATE entity_run SET mode = 'FULL_RESYNC' WHERE id = ANY($1) AND slot = 'WAITING'`, [
    entityRunIds,
  ])
  await client.query(
    `UPDATE sync_run r SET mode = 'FULL_RESYNC' WHERE id IN (SELECT sync_run_id FROM entity_run WHERE id = ANY($1))
     AND NOT EXISTS (SELECT FROM entity_run e WHERE e.sync_run_id = r.id AND e.mode <> 'FULL_RESYNC')`,
    [entityRunIds],
  )
}
