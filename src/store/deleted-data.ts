import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { RecordOwner } from './record-read.ts'

// Part of every statement that reads records or rejected ones for a caller. It stands in the statement itself: the deletion begins behind the
// commit that asks for it, so that a statement sees either all of an entity's data or none, never those that are left.

/** Condition: nobody has asked for the data of this entity to be deleted. The arguments are SQL. */
export const dataStands = (connectionId: string, entity: string) => `NOT EXISTS (
    SELECT FROM entity_state asked_gone WHERE asked_gone.connection_id = ${connectionId}
      AND asked_gone.entity = ${entity} AND asked_gone.deletion_asked_at IS NOT NULL)`

/** SQL of the keys of those connections among `ids` whose data of this entity someone has asked to be deleted: read once a statement. */
export const deletedKeys = (ids: string, entity: EntityType) => `ARRAY(
    SELECT connection_key FROM entity_state
    WHERE connection_id = ANY(${ids}::uuid[]) AND entity = '${entity}'::"EntityType" AND deletion_asked_at IS NOT NULL)`

/** Since when the data of an entity are to be deleted; by the connection's id, of those only where they are. */
export async function deletionsAsked(
  pool: pg.Pool,
  owners: readonly RecordOwner[],
  entity: EntityType,
): Promise<Map<string, Date>> {
  const { rows } = await pool.query<{ id: string; at: Date }>(
    `SELECT connection_id AS id, deletion_asked_at AS at FROM entity_state
     WHERE connection_id = ANY($1::uuid[]) AND entity = $2::"EntityType" AND deletion_asked_at IS NOT NULL`,
    [owners.map(({ id }) => id), entity],
  )
  return new Map(rows.map(({ id, at }) => [id, at]))
}
