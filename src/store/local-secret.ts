import type { Database } from './database.ts'
import { transaction } from './transaction.ts'

export interface SealedSecret {
  keyId: string
  ciphertext: Buffer
}

export async function putSealed(db: Database, id: string, sealed: SealedSecret): Promise<void> {
  await db.pool.query('INSERT INTO local_secret (id, key_id, ciphertext) VALUES ($1, $2, $3)', [
    id,
    sealed.keyId,
    sealed.ciphertext,
  ])
}

export async function getSealed(db: Database, id: string): Promise<SealedSecret | null> {
  const { rows } = await db.pool.query<SealedSecret>(
    'SELECT key_id AS "keyId", ciphertext FROM local_secret WHERE id = $1',
    [id],
  )
  return rows[0] ?? null
}

export async function deleteSealed(db: Database, id: string): Promise<void> {
  await db.pool.query('DELETE FROM local_secret WHERE id = $1', [id])
}

export interface ResealBatch {
  /** Secrets under this key stay as they are. */
  keyId: string
  /** Ids above this one; null: from the first. */
  after: string | null
  limit: number
}

/**
 * Seals the next secrets that are under other keys anew, in one transaction: all of them or none. Their rows are locked in the order of ids, so that
 * two of these wait for each other, and a secret that is destroyed meanwhile stays so. Null for one that cannot be opened leaves it.
 * Answers the ids that were looked at, in order, and how many were sealed anew.
 */
export async function resealBatch(
  db: Database,
  { keyId, after, limit }: ResealBatch,
  reseal: (id: string, sealed: SealedSecret) => SealedSecret | null,
): Promise<{ ids: string[]; resealed: number }> {
  return transaction(db, async (client) => {
    const { rows } = await client.query<SealedSecret & { id: string }>(
      `SELECT id, key_id AS "keyId", ciphertext FROM local_secret
       WHERE key_id <> $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3 FOR UPDATE`,
      [keyId, after, limit],
    )
    const anew = rows.flatMap(({ id, ...sealed }) => {
      const next = reseal(id, sealed)
      return next ? [{ id, ...next }] : []
    })
    if (anew.length > 0) {
      await client.query(
        `UPDATE local_secret s SET key_id = n.key_id, ciphertext = n.ciphertext
         FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS n(id, key_id, ciphertext) WHERE s.id = n.id`,
        [anew.map(({ id }) => id), anew.map((one) => one.keyId), anew.map(({ ciphertext }) => ciphertext)],
      )
    }
    return { ids: rows.map(({ id }) => id), resealed: anew.length }
  })
}

/** How many secrets are under each key. */
export async function countByKey(db: Database): Promise<Map<string, number>> {
  const { rows } = await db.pool.query<{ key_id: string; count: number }>(
    'SELECT key_id, count(*)::int AS count FROM local_secret GROUP BY key_id ORDER BY key_id',
  )
  return new Map(rows.map((row) => [row.key_id, row.count]))
}
