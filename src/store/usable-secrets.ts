import type pg from 'pg'

/** A secret's owner whose use has to be noted. */
export interface UnnotedUse {
  table: 'api_key' | 'connection_token'
  id: string
}

/**
 * Which of these hashes, in base64, belong to a key or a token that would be let in; with what is to be noted of its use, or null. Of any other this
 * says nothing: it may have ended, or be of another kind.
 */
export async function usableSecrets(pool: pg.Pool, hashes: readonly Buffer[]): Promise<Map<string, UnnotedUse | null>> {
  const { rows } = await pool.query<UnnotedUse & { hash: Buffer; noted: boolean | null }>({
    name: 'usable-secrets',
    text: `SELECT s.hash, 'api_key' AS table, k.id, k.last_used_at > now() - interval '1 minute' AS noted
           FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id
           WHERE s.hash = ANY($1::bytea[]) AND k.revoked_at IS NULL AND s.revoked_at IS NULL
             AND COALESCE(LEAST(k.expires_at, s.expires_at) > now(), true)
           UNION ALL
           SELECT t.hash, 'connection_token', t.id, t.last_used_at > now() - interval '1 minute'
           FROM connection_token t JOIN connection_gate g ON g.connection_id = t.connection_id
           WHERE t.hash = ANY($1::bytea[]) AND g.status <> 'DISCONNECTED' AND t.revoked_at IS NULL
             AND COALESCE(t.expires_at > now(), true)`,
    values: [hashes],
  })
  return new Map(
    rows.map(({ hash, table, id, noted }) => [hash.toString('base64'), noted === true ? null : { table, id }]),
  )
}
