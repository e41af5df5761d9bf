import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import { dataStands } from './deleted-data.ts'
import type { RecordOwner } from './record-read.ts'

/** A record whose deletion is held back. */
export interface HeldDeletion {
  owner: RecordOwner
  entity: EntityType
  externalId: string
}

/** What each entity run holds back behind a key, by key. The rows of one that holds nothing more may not be swept away yet. */
export async function heldOfRuns(
  pool: pg.Pool,
  entityRunIds: readonly string[],
  page: { after: string | null; limit: number },
): Promise<Map<string, HeldDeletion[]>> {
  const { rows } = await pool.query<{ run: string; connection: string; key: number; entity: EntityType; id: string }>(
    `SELECT e.id AS run, e.connection_id AS connection, c.key, e.entity, h.external_id AS id
     FROM entity_run e JOIN connection c ON c.id = e.connection_id
     CROSS JOIN LATERAL (
       SELECT external_id FROM held_delete WHERE entity_run_id = e.id AND external_id > $2 ORDER BY external_id LIMIT $3
     ) AS h
     WHERE e.id = ANY($1::uuid[]) AND e.held_deletes > 0 AND ${dataStands('e.connection_id', 'e.entity')} ORDER BY h.external_id`,
    [entityRunIds, page.after ?? '', page.limit],
  )
  const found = new Map<string, HeldDeletion[]>(entityRunIds.map((id) => [id, []]))
  for (const { run, connection, key, entity, id } of rows) {
    found.get(run)?.push({ owner: { id: connection, key }, entity, externalId: id })
  }
  return found
}

export async function countHeldOfRuns(pool: pg.Pool, entityRunIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ run: string; n: number }>(
    `SELECT e.id AS run, count(*)::int AS n FROM entity_run e JOIN held_delete h ON h.entity_run_id = e.id
     WHERE e.id = ANY($1::uuid[]) AND e.held_deletes > 0 AND ${dataStands('e.connection_id', 'e.entity')} GROUP BY 1`,
    [entityRunIds],
  )
  return new Map(rows.map(({ run, n }) => [run, n]))
}
