import type pg from 'pg'
import { entityCodes, type EntityType } from '../model/entity-type.ts'
import { dataStands } from './deleted-data.ts'
import { filterConditions, type RecordFilter } from './record-filter.ts'
import {
  recordColumns,
  type RecordColumns,
  type RecordOwner,
  type StoredRecord,
  toStoredRecord,
} from './record-read.ts'

export type RecordOrder = 'SOURCE_UPDATED_AT_DESC' | 'SOURCE_UPDATED_AT_ASC' | 'NUMBER_ASC'

/** Where a record stands in an order: the value (null: behind all others) and, among equals, the key. */
export interface RecordPosition {
  value: string | null
  externalId: string
}

export interface RecordPageRequest {
  entity: EntityType
  order: RecordOrder
  filter: RecordFilter
  /** Reading starts behind it (before it when backward); null: at the list's end that reading starts from. */
  from: RecordPosition | null
  backward: boolean
  limit: number
}

export interface PlacedRecord {
  record: StoredRecord
  position: RecordPosition
}

const orders = {
  SOURCE_UPDATED_AT_DESC: { column: 'source_updated_at', type: 'timestamptz', descending: true },
  SOURCE_UPDATED_AT_ASC: { column: 'source_updated_at', type: 'timestamptz', descending: false },
  NUMBER_ASC: { column: 'number', type: 'text', descending: false },
} as const

// The value as text, exact to the microsecond: a JavaScript date would merge neighbours.
const valueText = {
  source_updated_at: `to_char(source_updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  number: 'number',
} as const

type Phase = 'valued' | 'null'

/**
 * One page of each connection's records, in the list's order. Nulls come last in every order. It reads first the records that have a
 * value, then, when the page has room left, those that have none: each half is a plain range of an index.
 */
export async function readRecordPages(
  pool: pg.Pool,
  owners: readonly RecordOwner[],
  request: RecordPageRequest,
): Promise<Map<RecordOwner, PlacedRecord[]>> {
  const pages = new Map<RecordOwner, PlacedRecord[]>(owners.map((owner) => [owner, []]))
  for (const phase of phases(request)) {
    const unfilled = owners.filter((owner) => (pages.get(owner)?.length ?? 0) < request.limit)
    if (unfilled.length === 0) break
    const byKey = new Map(unfilled.map((owner) => [owner.key, owner]))
    const { text, values } = phaseQuery(unfilled, request, phase)
    const { rows } = await pool.query<RecordColumns & { order_value: string | null }>(text, values)
    for (const row of rows) {
      const owner = byKey.get(row.connection_key)
      const page = owner && pages.get(owner)
      if (!page || page.length === request.limit) continue
      const position = { value: row.order_value, externalId: row.external_id }
      page.push({ record: toStoredRecord(owner, request.entity, row), position })
    }
  }
  if (request.backward) for (const page of pages.values()) page.reverse()
  return pages
}

function phases({ from, backward, filter, order }: RecordPageRequest): Phase[] {
  const all: Phase[] = backward ? ['null', 'valued'] : ['valued', 'null']
  const noNulls = filter.sourceUpdatedSince && orders[order].column === 'source_updated_at'
  const wanted = noNulls || (filter.number && order === 'NUMBER_ASC') ? all.filter((phase) => phase === 'valued') : all
  if (!from) return wanted
  return wanted.slice(wanted.indexOf(from.value === null ? 'null' : 'valued'))
}

/** Exported so that a test can EXPLAIN it. */
export function phaseQuery(owners: readonly RecordOwner[], request: RecordPageRequest, phase: Phase) {
  const { column, type, descending } = orders[request.order]
  const reversed = descending !== request.backward
  const direction = reversed ? 'DESC' : 'ASC'
  const beyond = reversed ? '<' : '>'
  const values: unknown[] = []
  const bind = (value: unknown) => `$${values.push(value)}`

  const [only, ...others] = owners
  // one connection: a constant, so that PostgreSQL plans for the one partition
  const [connectionKey, connectionId] =
    only && others.length === 0 ? [bind(only.key), bind(only.id)] : ['asked.key', 'asked.id']
  const conditions = [
    `connection_key = ${connectionKey}`,
    `entity = ${entityCodes[request.entity]}`,
    dataStands(connectionId, `'${request.entity}'::"EntityType"`),
    ...filterConditions(request.filter, bind),
  ]
  conditions.push(`${column} IS ${phase === 'valued' ? 'NOT NULL' : 'NULL'}`)
  const { from } = request
  if (from && (from.value === null) === (phase === 'null')) {
    const key = bind(from.externalId)
    conditions.push(
      from.value === null
        ? `external_id ${beyond} ${key}`
        : `(${column}, external_id) ${beyond} (${bind(from.value)}::${type}, ${key})`,
    )
  }
  const page = `SELECT ${recordColumns}, ${valueText[column]} AS order_value FROM record
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${column} ${direction}, external_id ${direction} LIMIT ${bind(request.limit)}::int`
  if (others.length === 0) return { text: page, values }
  const keys = bind(owners.map((owner) => owner.key))
  const ids = bind(owners.map((owner) => owner.id))
  return {
    text: `SELECT page.* FROM unnest(${keys}::int[], ${ids}::uuid[]) AS asked(key, id) CROSS JOIN LATERAL (${page}) AS page`,
    values,
  }
}
