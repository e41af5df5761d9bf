import type pg from 'pg'
import { entityCodes } from '../../src/model/entity-type.ts'
import type { ModelEntity } from './sequence.ts'

export interface StoredRecord {
  key: string
  raw: string
  data: string
  hash: string
  changeSeq: number
  stamp: number
  deleted: boolean
}

export interface StoredState {
  watermark: string | null
  recordCount: number
  changeSeq: number
}

export interface StoredRun {
  id: string
  syncRunId: string
  entity: ModelEntity
  mode: string
  status: string
  slot: string | null
  fence: number
  windowStart: Date | null
  windowEnd: Date | null
  fetched: number
  created: number
  updated: number
  unchanged: number
  deleted: number
  rejected: number
  heldDeletes: number
}

/** What the store holds of one connection, read with SQL of the tests' own. */
export function storedOf(pool: pg.Pool, { id, key }: { id: string; key: number }) {
  return {
    async records(entity: ModelEntity): Promise<Map<string, StoredRecord>> {
      const { rows } = await pool.query<
        Omit<StoredRecord, 'data' | 'changeSeq'> & { data: unknown; changeSeq: string }
      >(
        `SELECT external_id AS key, raw, data, encode(content_hash, 'hex') AS hash, change_seq AS "changeSeq",
                (extract(epoch FROM source_updated_at) * 1000)::float8 AS stamp, deleted_at IS NOT NULL AS deleted
         FROM record WHERE connection_key = $1 AND entity = $2 ORDER BY external_id`,
        [key, entityCodes[entity]],
      )
      return new Map(
        rows.map((row) => [row.key, { ...row, data: JSON.stringify(row.data), changeSeq: Number(row.changeSeq) }]),
      )
    },

    async state(entity: ModelEntity): Promise<StoredState> {
      const { rows } = await pool.query<{ watermark: string | null; recordCount: number; changeSeq: string }>(
        `SELECT watermark, record_count AS "recordCount", change_seq AS "changeSeq" FROM entity_state
         WHERE connection_id = $1 AND entity = $2::"EntityType"`,
        [id, entity],
      )
      const [row] = rows
      if (!row) throw new Error(`${entity} has no state`)
      return { ...row, changeSeq: Number(row.changeSeq) }
    },

    /** Every entity run there was, oldest first. */
    async runs(): Promise<StoredRun[]> {
      const { rows } = await pool.query<StoredRun>(
        `SELECT id, sync_run_id AS "syncRunId", entity, mode, status, slot, fence, window_start AS "windowStart",
                window_end AS "windowEnd", fetched, created, updated, unchanged, deleted, rejected, held_deletes AS "heldDeletes"
         FROM entity_run WHERE connection_id = $1 ORDER BY id`,
        [id],
      )
      return rows
    },

    async syncRuns(): Promise<{ id: string; status: string; finished: boolean }[]> {
      const { rows } = await pool.query<{ id: string; status: string; finished: boolean }>(
        'SELECT id, status, finished_at IS NOT NULL AS finished FROM sync_run WHERE connection_id = $1 ORDER BY id',
        [id],
      )
      return rows
    },

    async gate(): Promise<{ status: string; eventSeq: number }> {
      const { rows } = await pool.query<{ status: string; event_seq: string }>(
        'SELECT status, event_seq FROM connection_gate WHERE connection_id = $1',
        [id],
      )
      return { status: rows[0]?.status ?? '', eventSeq: Number(rows[0]?.event_seq) }
    },
  }
}

export type Stored = ReturnType<typeof storedOf>
