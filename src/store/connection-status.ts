import type pg from 'pg'
import type { ConnectionStatus } from '../generated/prisma/enums.ts'
import { markSchedulesChanged } from './connection-schedules.ts'
import { appendEvents, lockGate, type NewEvent } from './event-append.ts'

/**
 * Gives a connection another status and tells it; what asks for action, with the event's message as the reason. ACTIVE forgets a refusal, PAUSED does
 * not. Call under the gate's lock, on a connection that is not DISCONNECTED.
 */
export async function setStatus(
  client: pg.ClientBase,
  connectionId: string,
  status: Exclude<ConnectionStatus, 'DISCONNECTED'>,
  event: NewEvent,
): Promise<void> {
  await client.query('UPDATE connection_gate SET status = $2::"ConnectionStatus" WHERE connection_id = $1', [
    connectionId,
    status,
  ])
  if (status === 'ACTIVE') await forgetRefusal(client, connectionId)
  if (status === 'ACTION_REQUIRED')
    await client.query('UPDATE connection SET status_reason = $2 WHERE id = $1', [connectionId, event.message])
  await markSchedulesChanged(client, connectionId)
  await appendEvents(client, connectionId, [event])
}

/** The source has accepted the credentials. Call under the gate's lock. */
export async function forgetRefusal(client: pg.ClientBase, connectionId: string): Promise<void> {
  await client.query('UPDATE connection SET refused_at = NULL, status_reason = NULL WHERE id = $1', [connectionId])
}

/** Why the source refuses the credentials, as far as is known; null: it is not known to. Call under the gate's lock. */
export async function refusalOf(client: pg.ClientBase, connectionId: string): Promise<string | null> {
  const { rows } = await client.query<{ reason: string }>(
    'SELECT status_reason AS reason FROM connection WHERE id = $1 AND refused_at IS NOT NULL',
    [connectionId],
  )
  return rows[0]?.reason ?? null
}

/** The source has refused these credentials (null: those that the connection has): that asks for action, unless others have replaced them. A paused connection stays paused. */
export async function noteRefusal(
  client: pg.ClientBase,
  connectionId: string,
  { message, credentialsRef }: { message: string; credentialsRef: string | null },
): Promise<void> {
  const status = await lockGate(client, connectionId)
  const { rowCount } = await client.query(
    `UPDATE connection SET refused_at = clock_timestamp(), status_reason = $2
     WHERE id = $1 AND ($3::text IS NULL OR credentials_ref = $3)`,
    [connectionId, message, credentialsRef],
  )
  if (rowCount === 0 || status !== 'ACTIVE') return
  await setStatus(client, connectionId, 'ACTION_REQUIRED', { type: 'CONNECTION_ACTION_REQUIRED', message })
}

/** The source has let this entity run read to its end: the connection resumes, unless it was refused later than the run began, or refused another part of it. */
export async function noteAcceptance(client: pg.ClientBase, connectionId: string, entityRunId: string): Promise<void> {
  const status = await lockGate(client, connectionId)
  if (status === 'ACTIVE' || status === 'DISCONNECTED') return
  const { rowCount } = await client.query(
    `SELECT 1 FROM connection c, entity_run e
     WHERE c.id = $1 AND e.id = $2 AND (c.refused_at IS NULL OR e.started_at >= c.refused_at) AND NOT EXISTS (
       SELECT 1 FROM entity_run other
       WHERE other.sync_run_id = e.sync_run_id AND other.error_category = 'AUTHENTICATION' AND NOT other.error_retryable)`,
    [connectionId, entityRunId],
  )
  if (rowCount === 0) return
  if (status === 'ACTION_REQUIRED') await setStatus(client, connectionId, 'ACTIVE', acceptedAgain)
  else await forgetRefusal(client, connectionId)
}

export const acceptedAgain: NewEvent = {
  type: 'CONNECTION_RESUMED',
  message: 'The source accepts the credentials again.',
}
