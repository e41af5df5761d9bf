import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'

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
