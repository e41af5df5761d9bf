import type { NotedUse } from './credentials.ts'
import type { Querier } from './line.ts'

/** One whose use has to be noted. */
export interface UnnotedUse {
  table: NotedUse
  id: string
}

/** By hash, in base64, of those that would be let in: what is to be noted. Of any other this says nothing: it may have ended, or be of another kind. */
export type Usable = ReadonlyMap<string, readonly UnnotedUse[]>

/** Which of these hashes belong to a key or a token that would be let in. */
export async function usableSecrets(querier: Querier, hashes: readonly Buffer[]): Promise<Usable> {
  const { rows } = await querier.query<UnnotedUse & { hash: Buffer; noted: boolean | null }>({
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
  return new Map(rows.map(({ hash, table, id, noted }) => [hash.toString('base64'), noted ? [] : [{ table, id }]]))
}

/** Which of these hashes belong to a session that would be let in, and so would its key; one that was not used for `idleMs` would not. */
export async function usableSessions(querier: Querier, hashes: readonly Buffer[], idleMs: number): Promise<Usable> {
  const { rows } = await querier.query<{
    hash: Buffer
    id: string
    noted: boolean
    keyId: string | null
    keyNoted: boolean | null
  }>({
    name: 'usable-sessions',
    text: `SELECT b.hash, b.id, b.last_used_at > now() - interval '1 minute' AS noted, k.id AS "keyId",
                  k.last_used_at > now() - interval '1 minute' AS "keyNoted"
           FROM browser_session b
           LEFT JOIN api_key_secret s ON s.id = b.api_key_secret_id
           LEFT JOIN api_key k ON k.id = s.api_key_id
           WHERE b.hash = ANY($1::bytea[]) AND b.revoked_at IS NULL
             AND LEAST(b.expires_at, b.last_used_at + $2 * interval '1 ms') > now()
             AND k.revoked_at IS NULL AND s.revoked_at IS NULL AND COALESCE(LEAST(k.expires_at, s.expires_at) > now(), true)`,
    values: [hashes, idleMs],
  })
  return new Map(
    rows.map(({ hash, id, noted, keyId, keyNoted }) => [
      hash.toString('base64'),
      [
        ...(noted ? [] : [{ table: 'browser_session' as const, id }]),
        ...(keyId === null || keyNoted ? [] : [{ table: 'api_key' as const, id: keyId }]),
      ],
    ]),
  )
}
