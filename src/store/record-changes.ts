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

export interface RecordChange {
  kind: 'CREATED' | 'UPDATED' | 'DELETED'
  record: StoredRecord
  sequence: bigint
}

export interface RecordChanges {
  changes: RecordChange[]
  hasMore: boolean
}

/**
 * What changed above the sequence, one entry per record, in the order in which it was committed. CREATED: first seen above it.
 * DELETED: gone now, also when it came and went above it.
 */
export async function readChanges(
  pool: pg.Pool,
  owner: RecordOwner,
  entity: EntityType,
  { after, limit }: { after: bigint | null; limit: number },
): Promise<RecordChanges> {
  const above = after ?? 0n
  const { rows } = await pool.query<RecordColumns & { change_seq: string; created_seq: string }>(
    `SELECT ${recordColumns}, change_seq, created_seq FROM record
     WHERE connection_key = $1 AND entity = $2 AND change_seq > $3 AND ${dataStands('$5', '$6::"EntityType"')}
     ORDER BY change_seq LIMIT $4`,
    [owner.key, entityCodes[entity], above.toString(), limit + 1, owner.id, entity],
  )
  const changes = rows.slice(0, limit).map((row): RecordChange => {
    const created = BigInt(row.created_seq) > above
    return {
      kind: row.deleted_at ? 'DELETED' : created ? 'CREATED' : 'UPDATED',
      record: toStoredRecord(owner, entity, row),
      sequence: BigInt(row.change_seq),
    }
  })
  return { changes, hasMore: rows.length > limit }
}
