import type pg from 'pg'

export interface StoredHash {
  hash: string
  deleted: boolean
}

/**
 * What is stored of these records: their content hashes, by external id. Asked before the batch's transaction: an entity has one writer.
 *
 * On a table without statistics, or one that was empty when its plan was made, the planner takes any index with the same prefix, or none,
 * and filters: quadratic (200,000 rows: 98 s instead of 20 s). The range with ORDER BY and LIMIT is one probe of the primary key, as only that index
 * gives the order; but not between a partition's first VACUUM and its first ANALYZE: see ADR 0007.
 */
export async function storedHashes(
  client: pg.Pool | pg.ClientBase,
  connectionKey: number,
  entity: number,
  externalIds: readonly string[],
): Promise<Map<string, StoredHash>> {
  if (externalIds.length === 0) return new Map()
  const { rows } = await client.query<[string, string, boolean]>({
    name: 'stored-hashes',
    text: `SELECT u.id, encode(r.content_hash, 'hex'), r.deleted
           FROM unnest($3::text[]) AS u(id)
           JOIN LATERAL (
             SELECT content_hash, deleted_at IS NOT NULL AS deleted FROM record
             WHERE connection_key = $1 AND entity = $2 AND external_id >= u.id COLLATE "C" AND external_id <= u.id COLLATE "C"
             ORDER BY external_id LIMIT 1
           ) r ON true`,
    values: [connectionKey, entity, externalIds],
    rowMode: 'array',
  })
  return new Map(rows.map(([id, hash, deleted]) => [id, { hash, deleted }]))
}
