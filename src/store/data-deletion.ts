import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import { lockStates } from './entity-state-change.ts'
import { appendAfterDisconnect, type NewEvent } from './event-append.ts'
import { transaction } from './transaction.ts'

/** An entity whose data are to be deleted and are not all gone yet. */
export interface DoomedEntity {
  connectionId: string
  connectionKey: number
  entity: EntityType
}

/**
 * Marks the data of entities as to be deleted: from the commit on no reader is shown any of them. Answers those that were not marked before.
 * Call under the locks of lockStates, on a connection that is DISCONNECTED.
 */
export async function askDeletion(
  client: pg.ClientBase,
  connectionId: string,
  entities: readonly EntityType[],
): Promise<EntityType[]> {
  const { rows } = await client.query<{ entity: EntityType }>(
    `UPDATE entity_state SET deletion_asked_at = now()
     WHERE connection_id = $1 AND entity::text = ANY($2::text[]) AND deletion_asked_at IS NULL RETURNING entity`,
    [connectionId, entities],
  )
  return rows.map(({ entity }) => entity)
}

export async function doomedEntities(db: Database, connectionId: string): Promise<DoomedEntity[]> {
  const { rows } = await db.pool.query<DoomedEntity>(
    `SELECT connection_id AS "connectionId", connection_key AS "connectionKey", entity FROM entity_state
     WHERE connection_id = $1 AND deletion_asked_at IS NOT NULL AND data_deleted_at IS NULL ORDER BY entity`,
    [connectionId],
  )
  return rows
}

/**
 * Notes that the data of an entity are gone, and tells it. Where nothing is left of the connection it is told as a whole, once; where the rest is on
 * its way out, by the entity that goes last. Repeating it changes nothing.
 */
export async function endDeletion(db: Database, { connectionId, entity }: DoomedEntity): Promise<void> {
  await transaction(db, async (client) => {
    await lockStates(client, connectionId)
    const ended = await client.query(
      `UPDATE entity_state SET data_deleted_at = now(), held_run_id = NULL
       WHERE connection_id = $1 AND entity = $2::"EntityType" AND deletion_asked_at IS NOT NULL AND data_deleted_at IS NULL`,
      [connectionId, entity],
    )
    if (ended.rowCount !== 1) return
    await client.query(
      'UPDATE entity_run SET held_deletes = 0 WHERE connection_id = $1 AND entity = $2::"EntityType" AND held_deletes > 0',
      [connectionId, entity],
    )
    const left = await leftOf(client, connectionId)
    if (left.kept + left.doomed === 0) await endWhole(client, connectionId)
    await appendAfterDisconnect(client, connectionId, toldBy(entity, left))
  })
}

interface Left {
  /** Entities whose data nobody has asked to be deleted. */
  kept: number
  /** Entities whose data are being deleted. */
  doomed: number
}

async function leftOf(client: pg.ClientBase, connectionId: string): Promise<Left> {
  const { rows } = await client.query<Left>(
    `SELECT count(*) FILTER (WHERE deletion_asked_at IS NULL)::int AS kept,
            count(*) FILTER (WHERE deletion_asked_at IS NOT NULL AND data_deleted_at IS NULL)::int AS doomed
     FROM entity_state WHERE connection_id = $1`,
    [connectionId],
  )
  return rows[0] ?? { kept: 0, doomed: 0 }
}

function toldBy(entity: EntityType, { kept, doomed }: Left): NewEvent[] {
  if (kept > 0) return [{ type: 'CONNECTION_DATA_DELETED', entity, message: `The data of ${entity} were deleted.` }]
  if (doomed > 0) return []
  return [{ type: 'CONNECTION_DATA_DELETED', message: 'All data of the connection were deleted.' }]
}

async function endWhole(client: pg.ClientBase, connectionId: string) {
  await client.query('UPDATE connection SET data_deleted_at = now() WHERE id = $1', [connectionId])
  for (const table of ['source_lease', 'source_budget'])
    await client.query(`DELETE FROM ${table} WHERE connection_id = $1`, [connectionId])
}
