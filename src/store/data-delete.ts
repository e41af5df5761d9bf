import type pg from 'pg'
import { entityCodes } from '../model/entity-type.ts'
import type { DoomedEntity } from './data-deletion.ts'
import type { Database } from './database.ts'
import { ConnectionGone } from './errors.ts'
import { partitionOf } from './record-partition.ts'
import { inIndexOrder, readInIndexOrder, transaction } from './transaction.ts'

/** Rows of one transaction. Those of the other tables are larger, or bring many keys each. */
const recordsAtOnce = 2_000
const rowsAtOnce = { held_delete: 5_000, rejected_record: 200, seen_batch: 100, missing_batch: 100 } as const

type Leftover = keyof typeof rowsAtOnce
const leftovers = Object.keys(rowsAtOnce) as Leftover[] // the keys of a literal

/**
 * Deletes what is stored of an entity whose data someone has asked to be deleted, a bounded transaction at a time, each counted out of the entity's
 * record_count. Yields after each; ends when nothing is left. Stopped anywhere it has done what it has done: the next one goes on with what is left.
 */
export async function* deleteData(db: Database, doomed: DoomedEntity): AsyncGenerator<void> {
  for (const table of leftovers) {
    while (await transaction(db, (client) => deleteLeftovers(client, doomed, table))) yield
  }
  // from key to key: from the start each look would pass all that is deleted and not vacuumed yet
  for (let next = await firstKey(db, doomed); next !== null; yield) {
    const from: string = next
    next = await transaction(db, (client) => deleteRecords(client, doomed, from))
  }
}

/** The first look of one that goes on passes what was deleted before it, which are seconds for millions: under no lock. */
async function firstKey(db: Database, { connectionKey, entity }: DoomedEntity): Promise<string | null> {
  const { rows } = await readInIndexOrder(db.pool, (client) =>
    client.query<{ id: string }>(
      'SELECT external_id AS id FROM record WHERE connection_key = $1 AND entity = $2 ORDER BY external_id LIMIT 1',
      [connectionKey, entityCodes[entity]],
    ),
  )
  return rows[0]?.id ?? null
}

/**
 * The lock of every commit's beginning: one writer an entity. Of a connection that is not DISCONNECTED, or where nobody asked for it, nothing is ever
 * deleted, whoever calls. The gate need not be locked as well: it never opens again.
 */
async function lockDoomed(client: pg.ClientBase, { connectionId, entity }: DoomedEntity): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM entity_state s
     WHERE s.connection_id = $1 AND s.entity = $2::"EntityType" AND s.deletion_asked_at IS NOT NULL
       AND EXISTS (SELECT FROM connection_gate g WHERE g.connection_id = s.connection_id AND g.status = 'DISCONNECTED')
     FOR NO KEY UPDATE OF s`,
    [connectionId, entity],
  )
  if (rowCount !== 1) throw new ConnectionGone(`Nobody has asked for the data of ${entity} to be deleted.`)
}

/**
 * Rows are found in the order of the key, and deleted by address in their partition: where the planner knows nothing of the connection's rows, whatever
 * names the connection as well leads to a walk through all of them. Answers the last key; null: no more.
 */
async function deleteRecords(client: pg.ClientBase, doomed: DoomedEntity, from: string): Promise<string | null> {
  await client.query(inIndexOrder)
  await lockDoomed(client, doomed)
  // here and not before: it looks at the parent, which has to be locked before its partition, as by a migration
  const partition = await partitionOf(client, doomed.connectionKey)
  const { rows } = await client.query<{ n: number; live: number; last: string | null }>(
    `WITH gone AS (
       DELETE FROM ${partition} WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${partition} WHERE connection_key = $1 AND entity = $2 AND external_id >= $3 ORDER BY external_id LIMIT $4))
       RETURNING external_id, deleted_at
     )
     SELECT count(*)::int AS n, count(*) FILTER (WHERE deleted_at IS NULL)::int AS live, max(external_id) AS last FROM gone`,
    [doomed.connectionKey, entityCodes[doomed.entity], from, recordsAtOnce],
  )
  const { n, live, last } = rows[0] ?? { n: 0, live: 0, last: null }
  if (live > 0) {
    await client.query(
      `UPDATE entity_state SET record_count = record_count - $3 WHERE connection_id = $1 AND entity = $2::"EntityType"`,
      [doomed.connectionId, doomed.entity, live],
    )
  }
  return n < recordsAtOnce ? null : last
}

/** What runs have left: rejected records with their payloads, held deletions, what was seen and missed. Answers whether there may be more. */
async function deleteLeftovers(client: pg.ClientBase, doomed: DoomedEntity, table: Leftover): Promise<boolean> {
  await lockDoomed(client, doomed)
  const { connectionId, connectionKey, entity } = doomed
  const most = rowsAtOnce[table]
  const { rowCount } =
    table === 'rejected_record'
      ? await client.query(
          `DELETE FROM rejected_record WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM rejected_record WHERE connection_key = $1 AND entity = $2 ORDER BY external_id LIMIT $3))`,
          [connectionKey, entityCodes[entity], most],
        )
      : await client.query(
          `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
             SELECT t.ctid FROM entity_run e JOIN ${table} t ON t.entity_run_id = e.id
             WHERE e.connection_id = $1 AND e.entity = $2::"EntityType" LIMIT $3))`,
          [connectionId, entity, most],
        )
  return rowCount === most
}
