import type pg from 'pg'

const firstRetrySeconds = 60
const retrySeconds = 600

/** Part of the transaction from which on nobody needs it. Whoever does this destroys it behind the commit; the worker tries again where that fails. */
export async function doomSecret(client: pg.Pool | pg.ClientBase, reference: string): Promise<void> {
  await client.query(
    `INSERT INTO doomed_secret (reference, try_at) VALUES ($1, now() + $2 * interval '1 second') ON CONFLICT DO NOTHING`,
    [reference, firstRetrySeconds],
  )
}

/** Takes one to be destroyed, so that nobody else tries it for a while; null when there is none. One that a connection names is spared. */
export async function takeDoomedSecret(pool: pg.Pool): Promise<string | null> {
  const { rows } = await pool.query<{ reference: string }>(
    `UPDATE doomed_secret SET try_at = now() + $1 * interval '1 second' WHERE reference = (
       SELECT reference FROM doomed_secret d WHERE try_at <= now() AND NOT EXISTS (SELECT 1 FROM connection WHERE credentials_ref = d.reference)
       ORDER BY try_at LIMIT 1 FOR UPDATE SKIP LOCKED
     ) RETURNING reference`,
    [retrySeconds],
  )
  return rows[0]?.reference ?? null
}

export async function forgetDoomedSecret(pool: pg.Pool, reference: string): Promise<void> {
  await pool.query('DELETE FROM doomed_secret WHERE reference = $1', [reference])
}
