import type { EntityType } from '../model/entity-type.ts'

/** The connection that records are read of: rows carry its short key, callers know its id. */
export interface RecordOwner {
  readonly id: string
  readonly key: number
}

/** A record as it is read: everything but the raw payload, which findRaw fetches when it is asked for. */
export interface StoredRecord {
  owner: RecordOwner
  entity: EntityType
  externalId: string
  number: string | null
  sourceCreatedAt: Date | null
  sourceUpdatedAt: Date | null
  firstSeenAt: Date
  updatedAt: Date
  deletedAt: Date | null
  /** The mapped fields, and under "$" what the envelope has beside the columns. */
  data: Record<string, unknown>
}

export const recordColumns = `connection_key, external_id, number, source_created_at, source_updated_at, first_seen_at, updated_at,
  deleted_at, data`

export interface RecordColumns {
  connection_key: number
  external_id: string
  number: string | null
  source_created_at: Date | null
  source_updated_at: Date | null
  first_seen_at: Date
  updated_at: Date
  deleted_at: Date | null
  data: Record<string, unknown>
}

export function toStoredRecord(owner: RecordOwner, entity: EntityType, row: RecordColumns): StoredRecord {
  return {
    owner,
    entity,
    externalId: row.external_id,
    number: row.number,
    sourceCreatedAt: row.source_created_at,
    sourceUpdatedAt: row.source_updated_at,
    firstSeenAt: row.first_seen_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    data: row.data,
  }
}
