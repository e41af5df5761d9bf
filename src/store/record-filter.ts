import type pg from 'pg'
import { entityCodes, type EntityType } from '../model/entity-type.ts'
import { deletedKeys } from './deleted-data.ts'
import type { RecordOwner } from './record-read.ts'

export interface RecordFilter {
  /** Changed here since. */
  updatedSince?: Date | null | undefined
  /** Changed at the source since. */
  sourceUpdatedSince?: Date | null | undefined
  number?: string | null | undefined
  /** Name of the unified enum value. */
  status?: string | null | undefined
  includeDeleted?: boolean | null | undefined
}

export function filterConditions(filter: RecordFilter, bind: (value: unknown) => string): string[] {
  return [
    ...(filter.includeDeleted ? [] : ['deleted_at IS NULL']),
    ...(filter.updatedSince ? [`updated_at >= ${bind(filter.updatedSince)}`] : []),
    ...(filter.sourceUpdatedSince ? [`source_updated_at >= ${bind(filter.sourceUpdatedSince)}`] : []),
    ...(filter.number == null ? [] : [`number = ${bind(filter.number)}`]),
    ...(filter.status == null ? [] : [`status = ${bind(filter.status)}`]),
  ]
}

/** How many records the filter lets through, exactly, of each connection. */
export async function countRecords(
  pool: pg.Pool,
  owners: readonly RecordOwner[],
  entity: EntityType,
  filter: RecordFilter,
): Promise<Map<RecordOwner, number>> {
  const values: unknown[] = [owners.map((owner) => owner.key), owners.map((owner) => owner.id)]
  const conditions = filterConditions(filter, (value) => `$${values.push(value)}`)
  const { rows } = await pool.query<{ connection_key: number; count: string }>(
    `SELECT connection_key, count(*) FROM record
     WHERE ${[
       'connection_key = ANY($1::int[])',
       `connection_key <> ALL(${deletedKeys('$2', entity)})`,
       `entity = ${entityCodes[entity]}`,
       ...conditions,
     ].join(' AND ')} GROUP BY connection_key`,
    values,
  )
  const counts = new Map(rows.map((row) => [row.connection_key, Number(row.count)]))
  return new Map(owners.map((owner) => [owner, counts.get(owner.key) ?? 0]))
}
