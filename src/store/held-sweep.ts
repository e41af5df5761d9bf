import type { Database } from './database.ts'

const rowsAtOnce = 5_000

/**
 * Deletes rows that a run has held back and that count no more, so many transactions at most, and none of them long: there may be millions. What is left
 * the reconciler finds.
 */
export async function sweepHeld(db: Database, entityRunId: string, atMost: number): Promise<void> {
  for (let transactions = 0; transactions < atMost; transactions++) {
    const { rowCount } = await db.pool.query(
      `DELETE FROM held_delete WHERE entity_run_id = $1 AND external_id IN (
         SELECT h.external_id FROM held_delete h JOIN entity_run e ON e.id = h.entity_run_id
         WHERE h.entity_run_id = $1 AND ${countsNoMore} ORDER BY h.external_id LIMIT $2)`,
      [entityRunId, rowsAtOnce],
    )
    if ((rowCount ?? 0) < rowsAtOnce) return
  }
}

/** Runs whose held rows count no more and are still there. */
export async function sweepable(db: Database): Promise<string[]> {
  // from one run to the next along the key: each may have millions of rows
  const { rows } = await db.pool.query<{ id: string }>(
    `WITH RECURSIVE run AS (
       (SELECT entity_run_id AS id FROM held_delete ORDER BY entity_run_id LIMIT 1)
       UNION ALL
       SELECT (SELECT h.entity_run_id FROM held_delete h WHERE h.entity_run_id > run.id ORDER BY h.entity_run_id LIMIT 1)
       FROM run WHERE run.id IS NOT NULL
     )
     SELECT e.id FROM run JOIN entity_run e ON e.id = run.id WHERE ${countsNoMore}`,
  )
  return rows.map((row) => row.id)
}

/** It holds them no more, and has ended, so that it never will. */
const countsNoMore = 'e.held_deletes = 0 AND e.slot IS NULL'
