import type { SyncMode, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { Database } from './database.ts'

export interface UnfinishedRun {
  syncRunId: string
  connectionId: string
  mode: SyncMode
  status: SyncStatus
  workflowId: string
  temporalRunId: string | null
  /** Entities that are being canceled while the run goes on, or have just been before they began: its workflow may wait for them. */
  canceling: EntityType[]
}

const quietSeconds = 30
/** A workflow that was not told of an entity's end looks for itself every five minutes. */
const untoldSeconds = 360
const most = 200
const firstId = '00000000-0000-0000-0000-000000000000'

/** Runs that have not ended and were asked for a while ago, in pages by id: healthy long runs must not hide lost ones. */
export async function* unfinishedRuns(db: Database): AsyncGenerator<UnfinishedRun> {
  for (let after = firstId; ; ) {
    const page = await unfinishedAfter(db, after)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < most) return
    after = last.syncRunId
  }
}

async function unfinishedAfter(db: Database, after: string): Promise<UnfinishedRun[]> {
  const { rows } = await db.pool.query<UnfinishedRun>(
    `SELECT id AS "syncRunId", connection_id AS "connectionId", mode, status, workflow_id AS "workflowId", temporal_run_id AS "temporalRunId",
       ARRAY(SELECT e.entity::text FROM entity_run e WHERE e.sync_run_id = r.id AND (
         (e.slot = 'ACTIVE' AND e.status = 'CANCELING')
         OR (e.status = 'CANCELED' AND e.started_at IS NULL AND e.finished_at > now() - make_interval(secs => $4)))) AS canceling
     FROM sync_run r WHERE status IN ('QUEUED', 'RUNNING', 'CANCELING') AND requested_at < now() - make_interval(secs => $1)
     AND id > $3 ORDER BY id LIMIT $2`,
    [quietSeconds, most, after, untoldSeconds],
  )
  return rows
}

/** The entity runs of a run that still hold a slot. */
export async function openEntityRuns(
  db: Database,
  syncRunId: string,
): Promise<{ entityRunId: string; entity: EntityType }[]> {
  const { rows } = await db.pool.query<{ entityRunId: string; entity: EntityType }>(
    'SELECT id AS "entityRunId", entity FROM entity_run WHERE sync_run_id = $1 AND slot IS NOT NULL ORDER BY entity',
    [syncRunId],
  )
  return rows
}

/** Connections of which data are to be deleted that are still there. */
export async function undeletedConnections(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT DISTINCT connection_id AS id FROM entity_state
     WHERE deletion_asked_at < now() - make_interval(secs => $1) AND data_deleted_at IS NULL LIMIT $2`,
    [quietSeconds, most],
  )
  return rows.map((row) => row.id)
}

/** Disconnected connections whose clean-up has not ended. */
export async function uncleanConnections(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT id FROM connection WHERE disconnected_at < now() - make_interval(secs => $1) AND cleaned_up_at IS NULL
     ORDER BY disconnected_at LIMIT $2`,
    [quietSeconds, most],
  )
  return rows.map((row) => row.id)
}
