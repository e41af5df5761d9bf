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

/** One change feed. */
export interface FeedKey {
  connectionId: string
  entity: EntityType
}

export interface ChangeStanding {
  /** The newest change's sequence; 0 before the first. */
  newest: bigint
  /** No change can follow. */
  disconnected: boolean
  deletionAskedAt: Date | null
}

/** How far feeds have come, in the order asked. */
export async function changeStandings(pool: pg.Pool, feeds: readonly FeedKey[]): Promise<ChangeStanding[]> {
  const { rows } = await pool.query<Omit<ChangeStanding, 'newest'> & { feed: string; newest: string }>(
    `SELECT asked.id || '/' || asked.entity AS feed, COALESCE(s.change_seq, 0) AS newest, g.status = 'DISCONNECTED' AS disconnected,
            s.deletion_asked_at AS "deletionAskedAt"
     FROM (SELECT DISTINCT id, entity FROM unnest($1::uuid[], $2::text[]) AS every(id, entity)) AS asked
     JOIN connection_gate g ON g.connection_id = asked.id
     LEFT JOIN entity_state s ON s.connection_id = asked.id AND s.entity = asked.entity::"EntityType"`,
    [feeds.map(({ connectionId }) => connectionId), feeds.map(({ entity }) => entity)],
  )
  const found = new Map(rows.map(({ feed, newest, ...rest }) => [feed, { ...rest, newest: BigInt(newest) }]))
  return feeds.map(({ connectionId, entity }) => {
    const standing = found.get(`${connectionId}/${entity}`)
    if (!standing) throw new Error(`connection ${connectionId} does not exist`)
    return standing
  })
}

/** What the records of a page may weigh as they are stored, so that one page is one message that a slow line takes. One record is given in any case. */
const pageBytes = 1024 * 1024

/**
 * What changed above the sequence, one entry per record, in the order in which it was committed. CREATED: first seen above it.
 * DELETED: gone now, also when it came and went above it. A page may end before the limit; whether something follows is said by hasMore.
 */
export async function readChanges(
  pool: pg.Pool,
  owner: RecordOwner,
  entity: EntityType,
  { after, limit }: { after: bigint | null; limit: number },
): Promise<RecordChanges> {
  const above = after ?? 0n
  const { rows } = await pool.query<RecordColumns & { change_seq: string; created_seq: string; weight: number }>(
    `SELECT ${recordColumns}, change_seq, created_seq, pg_column_size(data) + pg_column_size(raw) AS weight FROM record
     WHERE connection_key = $1 AND entity = $2 AND change_seq > $3 AND ${dataStands('$5', '$6::"EntityType"')}
     ORDER BY change_seq LIMIT $4`,
    [owner.key, entityCodes[entity], above.toString(), limit + 1, owner.id, entity],
  )
  let weight = 0
  const heavy = rows.findIndex((row) => (weight += row.weight) > pageBytes)
  const page = rows.slice(0, heavy === -1 ? limit : Math.max(heavy, 1))
  const changes = page.map((row): RecordChange => {
    const created = BigInt(row.created_seq) > above
    return {
      kind: row.deleted_at ? 'DELETED' : created ? 'CREATED' : 'UPDATED',
      record: toStoredRecord(owner, entity, row),
      sequence: BigInt(row.change_seq),
    }
  })
  return { changes, hasMore: rows.length > page.length }
}
