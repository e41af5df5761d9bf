import type { Database } from './database.ts'

/** The highest source stamp among the records that a run has committed; null when none was stamped. */
export async function maxStampOf(db: Database, entityRunId: string): Promise<Date | null> {
  const { rows } = await db.pool.query<{ max_stamp: Date | null }>('SELECT max_stamp FROM entity_run WHERE id = $1', [
    entityRunId,
  ])
  return rows[0]?.max_stamp ?? null
}
