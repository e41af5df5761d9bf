import type pg from 'pg'

export interface StoredRejection {
  externalId: string
  /** Our own words: which field, and what is wrong with it. */
  reason: string
  rejectedAt: Date
}

/** The first rejected records of each entity run, by key. */
export async function rejectedOfRuns(
  pool: pg.Pool,
  entityRunIds: readonly string[],
  limit: number,
): Promise<Map<string, StoredRejection[]>> {
  const { rows } = await pool.query<{ run: string; external_id: string; reason: string; rejected_at: Date }>(
    `SELECT asked.id AS run, r.external_id, r.reason, r.rejected_at FROM unnest($1::uuid[]) AS asked(id)
     CROSS JOIN LATERAL (
       SELECT external_id, reason, rejected_at FROM rejected_record WHERE entity_run_id = asked.id ORDER BY external_id LIMIT $2
     ) AS r ORDER BY r.external_id`,
    [entityRunIds, limit],
  )
  const found = new Map<string, StoredRejection[]>(entityRunIds.map((id) => [id, []]))
  for (const row of rows) {
    found.get(row.run)?.push({ externalId: row.external_id, reason: row.reason, rejectedAt: row.rejected_at })
  }
  return found
}
