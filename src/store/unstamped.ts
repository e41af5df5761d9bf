/** An incremental run looks at no more of them: a source may stamp none of its records as modified, and its entity hold millions. */
export const mostUnstamped = 10_000

/**
 * So many records without a modified stamp (null: all), deleted ones too, as the index on the stamp has them; the last by key first, as the keys of many
 * systems count up.
 */
export const unstamped = (connectionKey: string, entity: string, limit: number | null) =>
  `SELECT external_id, source_updated_at, source_created_at, deleted_at FROM record
   WHERE connection_key = ${connectionKey} AND entity = ${entity} AND source_updated_at IS NULL
   ORDER BY source_updated_at DESC, external_id DESC LIMIT ${limit ?? 'ALL'}`
