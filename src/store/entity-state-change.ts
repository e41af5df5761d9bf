import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredSchedule } from './connection-schedules.ts'
import type { Database } from './database.ts'
import { isLockTimeout, LockTimeout } from './errors.ts'
import { lockGate } from './event-append.ts'
import { raiseToFullResync } from './sync-run-insert.ts'

export interface StateRow {
  entity: EntityType
  enabled: boolean
  schedule: StoredSchedule | null
}

/**
 * Locks the entity states and then the gate, in the order of every commit, before states are changed; answers both. Throws LockTimeout where a long
 * commit holds one of the states.
 */
export async function lockStates(client: pg.ClientBase, connectionId: string) {
  const { rows: states } = await client
    .query<StateRow>(
      'SELECT entity, enabled, schedule FROM entity_state WHERE connection_id = $1 ORDER BY entity FOR NO KEY UPDATE',
      [connectionId],
    )
    .catch((error: unknown) => {
      throw isLockTimeout(error) ? new LockTimeout('A commit holds the state of an entity', error) : error
    })
  return { states, status: await lockGate(client, connectionId) }
}

export async function setSchedules(
  client: pg.ClientBase,
  connectionId: string,
  entities: readonly EntityType[],
  schedule: StoredSchedule | null,
): Promise<void> {
  await client.query(
    'UPDATE entity_state SET schedule = $3::jsonb WHERE connection_id = $1 AND entity::text = ANY($2::text[])',
    [connectionId, entities, schedule === null ? null : JSON.stringify(schedule)],
  )
}

/**
 * Enables entities: their next run is an INITIAL, also where they were enabled once. One that is new takes the schedule given.
 */
export async function enableEntities(
  client: pg.ClientBase,
  connectionId: string,
  entities: readonly EntityType[],
  schedule: StoredSchedule | null,
): Promise<void> {
  await client.query(
    `INSERT INTO entity_state (id, connection_id, connection_key, entity, schedule)
     SELECT gen_random_uuid(), c.id, c.key, e::"EntityType", $3::jsonb FROM connection c, unnest($2::text[]) AS e WHERE c.id = $1
     ON CONFLICT (connection_id, entity) DO UPDATE SET enabled = true, due_mode = 'INITIAL', due_since = clock_timestamp()`,
    [connectionId, entities, schedule === null ? null : JSON.stringify(schedule)],
  )
}

/** Their records stay, and a run that reads one of them now finishes. */
export async function disableEntities(client: pg.ClientBase, connectionId: string, entities: readonly EntityType[]) {
  await client.query(
    'UPDATE entity_state SET enabled = false WHERE connection_id = $1 AND entity::text = ANY($2::text[])',
    [connectionId, entities],
  )
}

/**
 * Makes the next run of these entities a FULL_RESYNC, also one that waits already. One that never succeeded runs as INITIAL anyway, unless it is being read
 * now: what that run succeeds with was begun before.
 */
export async function dueFullResync(
  client: pg.ClientBase,
  connectionId: string,
  entities: readonly EntityType[],
): Promise<void> {
  await client.query(
    `UPDATE entity_state s SET due_mode = COALESCE(due_mode, 'FULL_RESYNC'), due_since = clock_timestamp()
     WHERE connection_id = $1 AND entity::text = ANY($2::text[]) AND (last_successful_sync_at IS NOT NULL
       OR EXISTS (SELECT FROM entity_run e WHERE e.connection_id = s.connection_id AND e.entity = s.entity AND e.slot = 'ACTIVE'))`,
    [connectionId, entities],
  )
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM entity_run
     WHERE connection_id = $1 AND entity::text = ANY($2::text[]) AND slot = 'WAITING' AND mode = 'INCREMENTAL'`,
    [connectionId, entities],
  )
  if (rows.length > 0)
    await raiseToFullResync(
      client,
      rows.map((row) => row.id),
    )
}

export async function enabledEntities(db: Database, connectionId: string): Promise<EntityType[]> {
  const { rows } = await db.pool.query<{ entity: EntityType }>(
    'SELECT entity FROM entity_state WHERE connection_id = $1 AND enabled ORDER BY entity',
    [connectionId],
  )
  return rows.map((row) => row.entity)
}
