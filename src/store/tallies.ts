import type pg from 'pg'
import type { ConnectionStatus, SyncStatus } from '../generated/prisma/enums.ts'

export interface Tally<Status> {
  environment: string
  status: Status
  count: number
}

/** Connections by status; `environmentId` null: of all environments. */
export async function tallyConnections(
  pool: pg.Pool,
  environmentId: string | null,
): Promise<Tally<ConnectionStatus>[]> {
  const { rows } = await pool.query<Tally<ConnectionStatus>>(
    `SELECT e.name AS environment, g.status, count(*)::int AS count
     FROM connection c JOIN connection_gate g ON g.connection_id = c.id JOIN environment e ON e.id = c.environment_id
     WHERE $1::uuid IS NULL OR e.id = $1 GROUP BY e.name, g.status`,
    [environmentId],
  )
  return rows
}

/** Runs that are open, and those of the last day that have ended: history as a whole is not counted again and again. */
export async function tallyRuns(pool: pg.Pool, environmentId: string | null): Promise<Tally<SyncStatus>[]> {
  const { rows } = await pool.query<Tally<SyncStatus>>(
    `SELECT e.name AS environment, r.status, count(*)::int AS count
     FROM sync_run r JOIN connection c ON c.id = r.connection_id JOIN environment e ON e.id = c.environment_id
     WHERE (r.status IN ('QUEUED', 'RUNNING', 'CANCELING')
            OR r.status IN ('SUCCEEDED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'CANCELED') AND r.requested_at > now() - interval '1 day')
       AND ($1::uuid IS NULL OR e.id = $1)
     GROUP BY e.name, r.status`,
    [environmentId],
  )
  return rows
}
