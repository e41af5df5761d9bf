import type pg from 'pg'
import type { Writer } from './record-batch.ts'

/**
 * A record that a re-sync missed and that arrives again was not gone: its deletion waits no longer, also when it arrives unchanged or cannot be
 * mapped. Answers how many of the batch's records waited.
 */
export async function releaseHeld(
  client: pg.ClientBase,
  { heldRunId }: Writer,
  arrived: readonly { externalId: string }[],
): Promise<number> {
  if (!heldRunId || arrived.length === 0) return 0
  const { rowCount } = await client.query(
    'DELETE FROM held_delete WHERE entity_run_id = $1 AND external_id = ANY($2)',
    [heldRunId, arrived.map((row) => row.externalId)],
  )
  return rowCount ?? 0
}

/** The counts of the run that held them; after the gate, as every change of an entity run. */
export async function lowerHeld(client: pg.ClientBase, { heldRunId }: Writer, released: number): Promise<void> {
  await client.query('UPDATE entity_run SET held_deletes = held_deletes - $2 WHERE id = $1', [heldRunId, released])
}
