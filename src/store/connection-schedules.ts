import type pg from 'pg'
import type { ConnectionStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import { isUuid } from './connection-read.ts'
import type { ToldSkips } from './schedule-skips.ts'

/** As kept in entity_state.schedule: exactly one of every, an ISO 8601 duration, and cron. */
export interface StoredSchedule {
  every?: string
  cron?: string
  /** IANA name that cron is read in; UTC when absent. */
  timeZone?: string
}

export interface WantedSchedules {
  status: ConnectionStatus
  /** Every entity that has a schedule, disabled ones too. */
  entities: { entity: EntityType; enabled: boolean; schedule: StoredSchedule }[]
  /** What settleSchedules compares: changes with every change of the schedules. */
  version: string
  /** What was told of what its schedules have let fall. */
  skips: ToldSkips
}

const version = `concat(c.schedules_changed_at, '/', c.schedules_checked_at)`

/** What Temporal's schedules of a connection have to follow from; null when there is no such connection. */
export async function wantedSchedules(db: Database, connectionId: string): Promise<WantedSchedules | null> {
  if (!isUuid(connectionId)) return null
  const { rows } = await db.pool.query<{
    status: ConnectionStatus
    version: string
    skips: ToldSkips
    entity: EntityType | null
    enabled: boolean
    schedule: StoredSchedule
  }>(
    `SELECT g.status, ${version} AS version, c.schedule_skips AS skips, s.entity, s.enabled, s.schedule
     FROM connection c JOIN connection_gate g ON g.connection_id = c.id
     LEFT JOIN entity_state s ON s.connection_id = c.id AND s.schedule IS NOT NULL
     WHERE c.id = $1 ORDER BY s.entity`,
    [connectionId],
  )
  const [first] = rows
  if (!first) return null
  const entities = rows.flatMap(({ entity, enabled, schedule }) => (entity ? [{ entity, enabled, schedule }] : []))
  return { status: first.status, version: first.version, skips: first.skips, entities }
}

/** Part of every transaction that changes what the schedules follow from. */
export async function markSchedulesChanged(client: pg.ClientBase, connectionId: string): Promise<void> {
  await client.query('UPDATE connection SET schedules_changed_at = clock_timestamp() WHERE id = $1', [connectionId])
}

/** Notes that Temporal matches what was wanted; false when that has changed since. */
export async function settleSchedules(db: Database, connectionId: string, seen: string): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    `UPDATE connection c SET schedules_changed_at = NULL, schedules_checked_at = now() WHERE id = $1 AND ${version} = $2`,
    [connectionId, seen],
  )
  return rowCount === 1
}

/** The connection of an entity run, if its schedules have changed and were not made to match yet. */
export async function changedSchedulesOf(db: Database, entityRunId: string): Promise<string | null> {
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT c.id FROM entity_run e JOIN connection c ON c.id = e.connection_id
     WHERE e.id = $1 AND c.schedules_changed_at IS NOT NULL`,
    [entityRunId],
  )
  return rows[0]?.id ?? null
}

const changedAtMost = 25
const checkedAtMost = 25

/**
 * Connections whose schedules the reconciler has to look at, a bounded number: those that changed a while ago and were not made to match, then
 * those looked at longest ago. Each is claimed by being marked as looked at, so that one that fails waits for its turn.
 */
export async function claimSchedules(db: Database): Promise<string[]> {
  const claim = (condition: string, most: number) =>
    db.pool.query<{ id: string }>(
      `UPDATE connection SET schedules_checked_at = now() WHERE id IN (
         SELECT id FROM connection WHERE ${condition} ORDER BY schedules_checked_at LIMIT ${most} FOR NO KEY UPDATE SKIP LOCKED
       ) RETURNING id`,
    )
  const changed = await claim(`schedules_changed_at < now() - interval '10 seconds'`, changedAtMost)
  const others = await claim(
    `schedules_checked_at < now() - interval '1 minute' AND cleaned_up_at IS NULL`,
    checkedAtMost,
  )
  return [...changed.rows, ...others.rows].map((row) => row.id)
}
