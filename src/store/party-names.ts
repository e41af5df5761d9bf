import type pg from 'pg'

/** Who did something, or what it was done to, as people call it. */
export interface Party {
  kind: 'API_KEY' | 'CONNECTION' | 'CONNECTION_TOKEN' | 'SYNC_RUN'
  /** Of the key or run; of a token: of its connection. */
  id: string
  /** Of the key, else of the connection. */
  name: string
}

/** What of these ids is known in the environment. */
export async function partiesOf(
  pool: pg.Pool,
  environmentId: string,
  ids: readonly string[],
): Promise<Map<string, Party>> {
  const { rows } = await pool.query<Party & { asked: string }>(
    `SELECT id AS asked, 'API_KEY' AS kind, id, name FROM api_key WHERE id = ANY($2::uuid[]) AND environment_id = $1
     UNION ALL
     SELECT id, 'CONNECTION', id, name FROM connection WHERE id = ANY($2::uuid[]) AND environment_id = $1
     UNION ALL
     SELECT t.id, 'CONNECTION_TOKEN', c.id, c.name FROM connection_token t JOIN connection c ON c.id = t.connection_id
     WHERE t.id = ANY($2::uuid[]) AND c.environment_id = $1
     UNION ALL
     SELECT r.id, 'SYNC_RUN', r.id, c.name FROM sync_run r JOIN connection c ON c.id = r.connection_id
     WHERE r.id = ANY($2::uuid[]) AND c.environment_id = $1`,
    [environmentId, ids],
  )
  return new Map(rows.map(({ asked, ...party }) => [asked, party]))
}
