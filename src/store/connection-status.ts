import type pg from 'pg'
import type { ConnectionStatus } from '../generated/prisma/enums.ts'
import { markSchedulesChanged } from './connection-schedules.ts'
import { appendEvents, type NewEvent } from './event-append.ts'

/** Gives a connection another status and tells it; what asks for action, with the event's message as the reason. Call under the gate's lock, on a connection that is not DISCONNECTED. */
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
  if (status !== 'PAUSED') {
    const reason = status === 'ACTION_REQUIRED' ? event.message : null
    await client.query('UPDATE connection SET status_reason = $2 WHERE id = $1', [connectionId, reason])
  }
  await markSchedulesChanged(client, connectionId)
  await appendEvents(client, connectionId, [event])
}
