import type pg from 'pg'

/**
 * Which of these hashes belong to a key or a token that would be let in, and whose use was noted within the last minute; in base64. Of any other this
 * says nothing: it may have ended, be of another kind, or have to be noted.
 */
export async function usableSecrets(pool: pg.Pool, hashes: readonly Buffer[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ hash: Buffer }>({
    name: 'usable-secrets',
    text: `SELECT s.hash FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id
           WHERE s.hash = ANY($1::bytea[]) AND k.revoked_at IS NULL AND s.revoked_at IS NULL
             AND COALESCE(LEAST(k.expires_at, s.expires_at) > now(), true) AND k.last_used_at > now() - interval '1 minute'
           UNION ALL
           SELECT t.hash FROM connection_token t JOIN connection_gate g ON g.connection_id = t.connection_id
           WHERE t.hash = ANY($1::bytea[]) AND g.status <> 'DISCONNECTED' AND t.revoked_at IS NULL
             AND COALESCE(t.expires_at > now(), true) AND t.last_used_at > now() - interval '1 minute'`,
    values: [hashes],
  })
  return new Set(rows.map(({ hash }) => hash.toString('base64')))
}
