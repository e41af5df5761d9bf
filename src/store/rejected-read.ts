import type pg from 'pg'
import { type EntityType, entityCodes } from '../model/entity-type.ts'
import { dataStands, deletedKeys } from './deleted-data.ts'
import type { RecordOwner } from './record-read.ts'

export interface StoredRejection {
  /** Unique over all connections and entities. */
  id: string
  connectionKey: number
  entity: number
  externalId: string
  /** Our own words: which field, and what is wrong with it. */
  reason: string
  rejectedAt: Date
}

const columns =
  'connection_key AS "connectionKey", entity, external_id AS "externalId", reason, rejected_at AS "rejectedAt"'

type Row = Omit<StoredRejection, 'id'>

const toRejection = ({ connectionKey, entity, externalId, reason, rejectedAt }: Row): StoredRejection => ({
  id: `${connectionKey}/${entity}/${externalId}`,
  connectionKey,
  entity,
  externalId,
  reason,
  rejectedAt,
})

/** The first rejected records of each entity run, by key. */
export async function rejectedOfRuns(
  pool: pg.Pool,
  entityRunIds: readonly string[],
  limit: number,
): Promise<Map<string, StoredRejection[]>> {
  const { rows } = await pool.query<Row & { run: string }>(
    `SELECT asked.id AS run, r.* FROM entity_run AS asked
     CROSS JOIN LATERAL (
       SELECT ${columns} FROM rejected_record WHERE entity_run_id = asked.id ORDER BY external_id LIMIT $2
     ) AS r
     WHERE asked.id = ANY($1::uuid[]) AND ${dataStands('asked.connection_id', 'asked.entity')} ORDER BY r."externalId"`,
    [entityRunIds, limit],
  )
  const found = new Map<string, StoredRejection[]>(entityRunIds.map((id) => [id, []]))
  for (const row of rows) found.get(row.run)?.push(toRejection(row))
  return found
}

/** What is kept of each connection's rejected records of an entity behind a key, by key; by the connection's id. */
export async function rejectedOfConnections(
  pool: pg.Pool,
  owners: readonly RecordOwner[],
  entity: EntityType,
  page: { after: string | null; limit: number },
): Promise<Map<string, StoredRejection[]>> {
  const { rows } = await pool.query<Row>(
    `SELECT r.* FROM unnest($1::int[]) AS asked(key)
     CROSS JOIN LATERAL (
       SELECT ${columns} FROM rejected_record WHERE connection_key = asked.key AND entity = $2 AND external_id > $3
       ORDER BY external_id LIMIT $4
     ) AS r WHERE asked.key <> ALL(${deletedKeys('$5', entity)}) ORDER BY r."externalId"`,
    [owners.map(({ key }) => key), entityCodes[entity], page.after ?? '', page.limit, owners.map(({ id }) => id)],
  )
  const idOf = new Map(owners.map(({ id, key }) => [key, id]))
  const found = new Map<string, StoredRejection[]>(owners.map(({ id }) => [id, []]))
  for (const row of rows) found.get(idOf.get(row.connectionKey) ?? '')?.push(toRejection(row))
  return found
}

export async function countRejectedOfConnections(
  pool: pg.Pool,
  owners: readonly RecordOwner[],
  entity: EntityType,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ key: number; n: number }>(
    `SELECT connection_key AS key, count(*)::int AS n FROM rejected_record
     WHERE connection_key = ANY($1) AND entity = $2 AND connection_key <> ALL(${deletedKeys('$3', entity)}) GROUP BY 1`,
    [owners.map(({ key }) => key), entityCodes[entity], owners.map(({ id }) => id)],
  )
  const counts = new Map(rows.map(({ key, n }) => [key, n]))
  return new Map(owners.map(({ id, key }) => [id, counts.get(key) ?? 0]))
}

/** The payloads as kept, by the rejection's id. */
export async function rejectedPayloads(
  pool: pg.Pool,
  rejections: readonly StoredRejection[],
): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; raw: string }>(
    `SELECT asked.id, r.raw FROM unnest($1::text[], $2::int[], $3::int[], $4::text[]) AS asked(id, key, entity, external_id)
     JOIN rejected_record r ON r.connection_key = asked.key AND r.entity = asked.entity
       AND r.external_id = asked.external_id COLLATE "C"`,
    [
      rejections.map(({ id }) => id),
      rejections.map(({ connectionKey }) => connectionKey),
      rejections.map(({ entity }) => entity),
      rejections.map(({ externalId }) => externalId),
    ],
  )
  return new Map(rows.map(({ id, raw }) => [id, raw]))
}
