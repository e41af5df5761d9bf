import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { StoredEvent } from './event-read.ts'

export interface RunPageRequest {
  /** Reading starts behind this id; null: at the end that it starts from. */
  from: string | null
  /** Oldest first, from the end of the list. */
  backward: boolean
  limit: number
}

/** Ids of one page of each connection's runs, in reading order: newest first, or oldest first when backward. */
export async function syncRunPages(
  pool: pg.Pool,
  connectionIds: readonly string[],
  { from, backward, limit }: RunPageRequest,
): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ connection_id: string; ids: string[] }>(
    `SELECT asked.id AS connection_id, ARRAY(
       SELECT r.id FROM sync_run r WHERE r.connection_id = asked.id AND ($2::uuid IS NULL OR r.id ${backward ? '>' : '<'} $2)
       ORDER BY r.id ${backward ? 'ASC' : 'DESC'} LIMIT $3
     )::text[] AS ids FROM unnest($1::uuid[]) AS asked(id)`,
    [connectionIds, from, limit],
  )
  return new Map(rows.map((row) => [row.connection_id, row.ids]))
}

export interface EntityKey {
  connectionId: string
  entity: EntityType
}

/** The entity run that is active now (`current`), or the last one that has ended, of each entity; null where there is none. */
export async function standingEntityRuns(
  pool: pg.Pool,
  entities: readonly EntityKey[],
  which: 'current' | 'last',
): Promise<(string | null)[]> {
  const { rows } = await pool.query<{ id: string | null }>(
    `SELECT run.id FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS asked(connection, entity, place)
     LEFT JOIN LATERAL (
       SELECT r.id FROM entity_run r
       WHERE r.connection_id = asked.connection AND r.entity = asked.entity::"EntityType"
         AND ${which === 'current' ? "r.slot = 'ACTIVE'" : 'r.slot IS NULL'}
       ORDER BY r.id DESC LIMIT 1
     ) AS run ON true ORDER BY asked.place`,
    [entities.map((key) => key.connectionId), entities.map((key) => key.entity)],
  )
  return rows.map((row) => row.id)
}

/** The first events of each run above a sequence. */
export async function eventsOfRuns(
  pool: pg.Pool,
  syncRunIds: readonly string[],
  after: bigint,
  limit: number,
): Promise<Map<string, StoredEvent[]>> {
  const { rows } = await pool.query<Omit<StoredEvent, 'sequence'> & { sequence: string; run: string }>(
    `SELECT asked.id AS run, e.connection_id AS "connectionId", e.sequence, e.type, e.at, e.sync_run_id AS "syncRunId", e.entity, e.status,
            e.counts, e.estimated_total AS "estimatedTotal", e.message
     FROM unnest($1::uuid[]) AS asked(id)
     CROSS JOIN LATERAL (SELECT * FROM event WHERE sync_run_id = asked.id AND sequence > $2 ORDER BY sequence LIMIT $3) AS e
     ORDER BY e.sequence`,
    [syncRunIds, after.toString(), limit],
  )
  const found = new Map<string, StoredEvent[]>(syncRunIds.map((id) => [id, []]))
  for (const { run, ...event } of rows) found.get(run)?.push({ ...event, sequence: BigInt(event.sequence) })
  return found
}
