import type pg from 'pg'

export interface RunPageRequest {
  /** Reading starts behind this id; null: at the end that it starts from. */
  from: string | null
  /** Oldest first, from the end of the list. */
  backward: boolean
  limit: number
}

/** Ids of one page of each connection's runs, in reading order: newest first, or oldest first when backward. */
export async function syncRunPages(
  pool: pg.Pool,
  connectionIds: readonly string[],
  { from, backward, limit }: RunPageRequest,
): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ connection_id: string; ids: string[] }>(
    `SELECT asked.id AS connection_id, ARRAY(
       SELECT r.id FROM sync_run r WHERE r.connection_id = asked.id AND ($2::uuid IS NULL OR r.id ${backward ? '>' : '<'} $2)
       ORDER BY r.id ${backward ? 'ASC' : 'DESC'} LIMIT $3
     )::text[] AS ids FROM unnest($1::uuid[]) AS asked(id)`,
    [connectionIds, from, limit],
  )
  return new Map(rows.map((row) => [row.connection_id, row.ids]))
}
