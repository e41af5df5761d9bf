import type pg from 'pg'
import { answeredWithin } from './answering-within.ts'
import { StoreBusy } from './errors.ts'

/**
 * Refuses a new connection that leads to a standby, as one may while another server takes over. A standby lags: it lets in what was revoked, and misses
 * what has been told. Asked once: a primary becomes a standby only by a restart, which ends its connections.
 */
export async function requirePrimary(client: pg.ClientBase, answerMs: number): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>(
    answeredWithin(answerMs, 'SELECT pg_is_in_recovery() AS standby'),
  )
  if (rows[0]?.standby) throw new StoreBusy('PostgreSQL is a standby here, and may lag')
}
