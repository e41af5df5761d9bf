import type pg from 'pg'
import { announceEndedCredentials } from './announce.ts'
import { insertAudit } from './audit.ts'
import { endOwnerSessions } from './browser-session.ts'
import type { Database } from './database.ts'
import { transaction } from './transaction.ts'

export async function ownerKeyHash(pool: pg.Pool): Promise<Buffer | null> {
  const { rows } = await pool.query<{ hash: Buffer }>('SELECT hash FROM owner_key')
  return rows[0]?.hash ?? null
}

/** The key of this hash, as long as the transaction lasts: it is not replaced meanwhile. Null when it has been. */
export async function holdOwnerKey(client: pg.ClientBase, hash: Buffer): Promise<number | null> {
  const { rows } = await client.query<{ id: number }>('SELECT id FROM owner_key WHERE hash = $1 FOR SHARE', [hash])
  return rows[0]?.id ?? null
}

/**
 * Stores the hash. A change of what is there ends the sessions of the one before and is audited, in the same transaction. Safe when several
 * processes start at once.
 */
export async function storeOwnerKey(db: Database, hash: Buffer): Promise<void> {
  await transaction(db, async (client) => {
    const { rows } = await client.query<{ inserted: boolean }>(
      `INSERT INTO owner_key (id, hash) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, created_at = now() WHERE owner_key.hash <> excluded.hash
       RETURNING xmax = 0 AS inserted`,
      [hash],
    )
    if (rows[0]?.inserted !== false) return
    announceEndedCredentials(client)
    await endOwnerSessions(client)
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
