import type pg from 'pg'
import type { Succession } from './secret-succession.ts'

export type LostDelivery = Succession & { secretId: string; environmentId: string }

/** After the time for which a place is held: whoever delivers may still settle it, and a rotation that is due again ends it better. */
const graceSeconds = 120
const atOnce = 100

/** Secrets that should have arrived long ago, and of which nothing was heard. */
export async function lostDeliveries(pool: pg.Pool): Promise<LostDelivery[]> {
  const lost = `pending_until < now() - $1 * interval '1 second'`
  const { rows } = await pool.query<LostDelivery>(
    `SELECT 'CONNECTION' AS kind, c.id AS of, t.id AS "secretId", c.environment_id AS "environmentId"
     FROM connection_token t JOIN connection c ON c.id = t.connection_id
     WHERE t.${lost} AND t.revoked_at IS NULL AND t.expires_at IS NULL
     UNION ALL
     SELECT 'API_KEY', k.id, s.id, k.environment_id
     FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id
     WHERE s.${lost} AND s.revoked_at IS NULL AND s.expires_at IS NULL AND k.revoked_at IS NULL
     LIMIT $2`,
    [graceSeconds, atOnce],
  )
  return rows
}
