import type pg from 'pg'
import { insertAudit } from './audit.ts'
import { transaction } from './transaction.ts'

export async function ownerKeyHash(pool: pg.Pool): Promise<Buffer | null> {
  const { rows } = await pool.query<{ hash: Buffer }>('SELECT hash FROM owner_key')
  return rows[0]?.hash ?? null
}

/** Stores the hash; a change of what is there is audited in the same transaction. Safe when several processes start at once. */
export async function storeOwnerKey(pool: pg.Pool, hash: Buffer): Promise<void> {
  await transaction(pool, async (client) => {
    const { rows } = await client.query<{ inserted: boolean }>(
      `INSERT INTO owner_key (id, hash) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, created_at = now() WHERE owner_key.hash <> excluded.hash
       RETURNING xmax = 0 AS inserted`,
      [hash],
    )
    if (rows[0]?.inserted !== false) return
    await insertAudit(client, {
      environmentId: null,
      actor: 'owner',
      action: 'OWNER_KEY_REPLACED',
      target: null,
      outcome: 'OK',
      ip: null,
    })
  })
}
