import { entityCodes } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import type { Database } from './database.ts'
import type { Writer } from './record-batch.ts'

/** How many records a run has been given so far, over all its attempts. */
export async function fetchedSoFar(db: Database, entityRunId: string): Promise<number> {
  const { rows } = await db.pool.query<{ fetched: number }>('SELECT fetched FROM entity_run WHERE id = $1', [
    entityRunId,
  ])
  return rows[0]?.fetched ?? 0
}

export interface KnownKeys {
  inWindow: string[]
  others: string[]
}

/** Keys of a few live records: the last ones stamped at or after `since` (null: of any), and the last ones before it. */
export async function knownKeys(db: Database, writer: Writer, since: Date | null, limit: number): Promise<KnownKeys> {
  const last = async (condition: string, values: unknown[]) => {
    const { rows } = await db.pool.query<{ id: string }>(
      `SELECT external_id AS id FROM record
       WHERE connection_key = $1 AND entity = $2 AND deleted_at IS NULL AND ${condition}
       ORDER BY source_updated_at DESC LIMIT $3`,
      [writer.connectionKey, entityCodes[writer.entity], limit, ...values],
    )
    return rows.map((row) => row.id)
  }
  if (since === null) return { inWindow: await last('true', []), others: [] }
  return {
    inWindow: await last('source_updated_at >= $4', [since]),
    others: await last('source_updated_at < $4', [since]),
  }
}

/** The connection's other entities that hold records. */
export async function otherEntities(db: Database, writer: Writer): Promise<SyncedEntity[]> {
  const { rows } = await db.pool.query<{ entity: SyncedEntity }>(
    `SELECT entity FROM entity_state
     WHERE connection_id = $1 AND entity <> $2::"EntityType" AND enabled AND record_count > 0`,
    [writer.connectionId, writer.entity],
  )
  return rows.map((row) => row.entity)
}
