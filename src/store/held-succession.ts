import type pg from 'pg'
import { type EntityType, entityCodes } from '../model/entity-type.ts'

interface EndingRun {
  id: string
  connection_id: string
  entity: EntityType
}

/**
 * What a complete enumeration leaves behind when it succeeds. Where it has judged what is gone, what it held back replaces what an earlier one held;
 * and a rejected record that it has not met is there no more. Under the lock of the entity's state, before the gate; answers the run whose held set
 * is overtaken.
 */
export async function succeedEarlier(client: pg.ClientBase, run: EndingRun, judged: boolean): Promise<string | null> {
  const { rows } = await client.query<{ before: string | null; key: number; holds: boolean }>(
    `SELECT s.held_run_id AS before, s.connection_key AS key, e.held_deletes > 0 AS holds FROM entity_state s, entity_run e
     WHERE s.connection_id = $1 AND s.entity = $2::"EntityType" AND e.id = $3`,
    [run.connection_id, run.entity, run.id],
  )
  const found = rows[0]
  if (!found) return null
  await client.query('DELETE FROM rejected_record WHERE connection_key = $1 AND entity = $2 AND entity_run_id <> $3', [
    found.key,
    entityCodes[run.entity],
    run.id,
  ])
  const { before, holds } = found
  if (!holds && (before === null || !judged)) return null
  await client.query(
    `UPDATE entity_state SET held_run_id = $3 WHERE connection_id = $1 AND entity = $2::"EntityType"`,
    [run.connection_id, run.entity, holds ? run.id : null],
  )
  return before
}

/**
 * A run that has not succeeded deletes nothing, and what an overtaken one held waits no more. After the gate, where others wait: its rows are swept away
 * when all is committed.
 */
export async function forgetHeld(client: pg.ClientBase, entityRunId: string): Promise<void> {
  await client.query('UPDATE entity_run SET held_deletes = 0 WHERE id = $1 AND held_deletes > 0', [entityRunId])
}
