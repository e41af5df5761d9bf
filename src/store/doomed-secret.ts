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

/** Longer than keeping a secret and storing its reference take. */
const keptWithinSeconds = 600

/** Before the secret is kept: it is destroyed, whatever dies meanwhile, unless the transaction that stores its reference spares it. Answers when. */
export async function doomUnlessSpared(pool: pg.Pool, reference: string): Promise<Date> {
  const { rows } = await pool.query<{ at: Date }>(
    `INSERT INTO doomed_secret (reference, try_at) VALUES ($1, now() + $2 * interval '1 second') RETURNING try_at AS at`,
    [reference, keptWithinSeconds],
  )
  const [row] = rows
  if (!row) throw new Error('a reference that was noted is not there')
  return row.at
}

/** Part of the transaction that stores the reference. False when its time was up: it is being destroyed. */
export async function spareSecret(client: pg.ClientBase, reference: string, doomedAt: Date): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM doomed_secret WHERE reference = $1 AND try_at = $2', [
    reference,
    doomedAt,
  ])
  return rowCount === 1
}

/** Makes sure of one that was not spared, and waits for a commit that may just be sparing it. False when it did. */
export async function doomAtOnce(pool: pg.Pool, reference: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE doomed_secret SET try_at = now() + $2 * interval '1 second' WHERE reference = $1`,
    [reference, firstRetrySeconds],
  )
  return rowCount === 1
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
