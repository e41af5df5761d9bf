import type { StoredSchedule } from './connection-schedules.ts'
import type { Database } from './database.ts'

/** An entity run that gives way to the next scheduled one, and its entity's schedule. */
export interface ScheduledRun {
  entityRunId: string
  connectionId: string
  schedule: StoredSchedule
}

/** Null when its entity has no schedule, or it gives way to none: what a longer run than an incremental one has read would be read again from the start. */
export async function scheduledRun(db: Database, entityRunId: string): Promise<ScheduledRun | null> {
  const { rows } = await db.pool.query<ScheduledRun>(
    `SELECT e.id AS "entityRunId", e.connection_id AS "connectionId", s.schedule
     FROM entity_run e JOIN entity_state s ON s.connection_id = e.connection_id AND s.entity = e.entity
     WHERE e.id = $1 AND e.mode = 'INCREMENTAL' AND s.schedule IS NOT NULL`,
    [entityRunId],
  )
  return rows[0] ?? null
}
