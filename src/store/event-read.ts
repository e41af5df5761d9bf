import type pg from 'pg'
import type { SyncEventType, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import type { Counts } from './event-append.ts'
import type { Querier } from './line.ts'

export interface StoredEvent {
  connectionId: string
  sequence: bigint
  type: SyncEventType
  at: Date
  syncRunId: string | null
  entity: EntityType | null
  status: SyncStatus | null
  counts: Counts | null
  estimatedTotal: number | null
  message: string | null
}

const columns = `connection_id AS "connectionId", sequence, type, at, sync_run_id AS "syncRunId", entity, status, counts,
  estimated_total AS "estimatedTotal", message`

/** Events are kept at least 30 days; what lies before the oldest kept one cannot be replayed. */
export interface Extent {
  /** Of the oldest event that is stored; null when none is. */
  first: bigint | null
  /** Of the newest event ever written; 0 before the first. */
  last: bigint
}

export async function eventsOfConnection(
  querier: Querier,
  connectionId: string,
  after: bigint,
  limit: number,
): Promise<StoredEvent[]> {
  const { rows } = await querier.query<EventColumns>({
    name: 'events-of-connection',
    text: `SELECT ${columns} FROM event WHERE connection_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
    values: [connectionId, after.toString(), limit],
  })
  return rows.map(toStoredEvent)
}

export async function eventsOfRun(
  pool: pg.Pool,
  syncRunId: string,
  after: bigint,
  limit: number,
): Promise<StoredEvent[]> {
  return events(pool, 'WHERE sync_run_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3', [
    syncRunId,
    after.toString(),
    limit,
  ])
}

/** The newest event of the run itself and of each of its entities, ascending. */
export async function newestEventsOfRun(pool: pg.Pool, syncRunId: string): Promise<StoredEvent[]> {
  return events(
    pool,
    `WHERE (connection_id, sequence) IN (
       SELECT DISTINCT ON (entity) connection_id, sequence FROM event WHERE sync_run_id = $1 ORDER BY entity, sequence DESC
     ) ORDER BY sequence`,
    [syncRunId],
  )
}

export async function eventExtent(pool: pg.Pool, connectionId: string): Promise<Extent> {
  const { rows } = await pool.query<{ first: string | null; last: string | null }>(
    `SELECT (SELECT min(sequence) FROM event WHERE connection_id = $1) AS first,
            (SELECT event_seq FROM connection_gate WHERE connection_id = $1) AS last`,
    [connectionId],
  )
  const row = rows[0]
  return { first: row?.first == null ? null : BigInt(row.first), last: BigInt(row?.last ?? 0) }
}

export async function environmentOfConnection(pool: pg.Pool, connectionId: string): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('SELECT environment_id AS id FROM connection WHERE id = $1', [
    connectionId,
  ])
  const row = rows[0]
  if (!row) throw new Error(`connection ${connectionId} does not exist`)
  return row.id
}

/** The newest event's sequence of every connection of the environment. */
export async function newestSequences(pool: pg.Pool, environmentId: string): Promise<Map<string, bigint>> {
  const { rows } = await pool.query<{ id: string; event_seq: string }>(
    `SELECT c.id, g.event_seq FROM connection c JOIN connection_gate g ON g.connection_id = c.id WHERE c.environment_id = $1`,
    [environmentId],
  )
  return new Map(rows.map((row) => [row.id, BigInt(row.event_seq)]))
}

export interface Newest {
  connectionId: string
  environmentId: string
  /** Of its newest event. */
  sequence: bigint
}

/** Of the connections named and of all of the environments named, in one statement. */
export async function newestOfWatched(
  pool: pg.Pool,
  connectionIds: readonly string[],
  environmentIds: readonly string[],
): Promise<Newest[]> {
  const { rows } = await pool.query<Omit<Newest, 'sequence'> & { sequence: string }>(
    `SELECT c.id AS "connectionId", c.environment_id AS "environmentId", g.event_seq AS sequence
     FROM connection c JOIN connection_gate g ON g.connection_id = c.id
     WHERE c.id = ANY($1::uuid[]) OR c.environment_id = ANY($2::uuid[])`,
    [connectionIds, environmentIds],
  )
  return rows.map((row) => ({ ...row, sequence: BigInt(row.sequence) }))
}

export interface RunStanding {
  finished: boolean
  /** Whether the run's very first event is still stored: then all of them are. */
  complete: boolean
}

export async function runStanding(pool: pg.Pool, syncRunId: string): Promise<RunStanding> {
  const { rows } = await pool.query<RunStanding>(
    `SELECT finished_at IS NOT NULL AS finished,
            EXISTS (SELECT 1 FROM event WHERE sync_run_id = $1 AND type = 'RUN_QUEUED') AS complete
     FROM sync_run WHERE id = $1`,
    [syncRunId],
  )
  return rows[0] ?? { finished: true, complete: false }
}

/** The newest event's sequence of each run; runs without one are left out. */
export async function lastSequencesOfRuns(pool: pg.Pool, syncRunIds: readonly string[]): Promise<Map<string, bigint>> {
  const { rows } = await pool.query<{ id: string; last: string }>(
    `SELECT asked.id, newest.sequence AS last FROM unnest($1::uuid[]) AS asked(id)
     CROSS JOIN LATERAL (SELECT sequence FROM event WHERE sync_run_id = asked.id ORDER BY sequence DESC LIMIT 1) AS newest`,
    [syncRunIds],
  )
  return new Map(rows.map((row) => [row.id, BigInt(row.last)]))
}

/** Which of a run's events: the first of those above `after`, or the last of those below `before`; null: no bound. */
export type EventRange = { limit: number } & ({ after: bigint | null } | { before: bigint | null })

/** Events of each run, ascending. */
export async function eventsOfRuns(
  pool: pg.Pool,
  syncRunIds: readonly string[],
  range: EventRange,
  withProgress: boolean,
): Promise<Map<string, StoredEvent[]>> {
  const backward = 'before' in range
  const bound = backward ? range.before : range.after
  const { rows } = await pool.query<EventColumns & { syncRunId: string }>(
    `SELECT found.* FROM unnest($1::uuid[]) AS asked(id)
     CROSS JOIN LATERAL (
       SELECT ${columns} FROM event
       WHERE sync_run_id = asked.id AND ($2::bigint IS NULL OR sequence ${backward ? '<' : '>'} $2)
         AND ($4 OR type <> 'ENTITY_PROGRESS')
       ORDER BY sequence ${backward ? 'DESC' : 'ASC'} LIMIT $3
     ) AS found
     ORDER BY found.sequence`,
    [syncRunIds, bound?.toString() ?? null, range.limit, withProgress],
  )
  const found = new Map<string, StoredEvent[]>(syncRunIds.map((id) => [id, []]))
  for (const row of rows) found.get(row.syncRunId)?.push(toStoredEvent(row))
  return found
}

type EventColumns = Omit<StoredEvent, 'sequence'> & { sequence: string }

const toStoredEvent = (row: EventColumns): StoredEvent => ({ ...row, sequence: BigInt(row.sequence) })

async function events(pool: pg.Pool, where: string, values: unknown[]): Promise<StoredEvent[]> {
  const { rows } = await pool.query<EventColumns>(`SELECT ${columns} FROM event ${where}`, values)
  return rows.map(toStoredEvent)
}
