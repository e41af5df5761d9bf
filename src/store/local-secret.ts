import type { Database } from './database.ts'

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
