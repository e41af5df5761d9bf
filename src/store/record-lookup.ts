import type pg from 'pg'
import { entityCodes, type EntityType } from '../model/entity-type.ts'
import { dataStands } from './deleted-data.ts'
import {
  recordColumns,
  type RecordColumns,
  type RecordOwner,
  type StoredRecord,
  toStoredRecord,
} from './record-read.ts'

/** Records by key, deleted ones too. */
export async function findRecords(
  pool: pg.Pool,
  owner: RecordOwner,
  entity: EntityType,
  externalIds: readonly string[],
): Promise<Map<string, StoredRecord>> {
  const { rows } = await pool.query<RecordColumns>(
    `SELECT ${recordColumns} FROM record WHERE connection_key = $1 AND entity = $2 AND external_id = ANY($3)
     AND ${dataStands('$4', '$5::"EntityType"')}`,
    [owner.key, entityCodes[entity], externalIds, owner.id, entity],
  )
  return new Map(rows.map((row) => [row.external_id, toStoredRecord(owner, entity, row)]))
}

/** The payloads as received, by key. */
export async function findRaw(
  pool: pg.Pool,
  owner: RecordOwner,
  entity: EntityType,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ external_id: string; raw: string }>(
    `SELECT external_id, raw FROM record WHERE connection_key = $1 AND entity = $2 AND external_id = ANY($3)
     AND ${dataStands('$4', '$5::"EntityType"')}`,
    [owner.key, entityCodes[entity], externalIds, owner.id, entity],
  )
  return new Map(rows.map((row) => [row.external_id, row.raw]))
}
