import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import { announceEndedCredentials } from './announce.ts'
import { insertAudit } from './audit.ts'
import { returnCredits } from './credit-pool.ts'
import type { Database } from './database.ts'
import { countColumns, type Counts, insertEvents, type NewEvent } from './event-append.ts'
import { freeTargets } from './delivery-claim.ts'
import { removeRotation } from './token-rotation.ts'
import { transaction } from './transaction.ts'

export interface DisconnectRequest {
  connectionId: string
  environmentId: string
  actor: string
  ip: string | null
}

/**
 * Disconnects in one transaction: status, token, its rotation and its targets, credits returned exactly once, every run CANCELED with its events. Waits for the batch that is just
 * committing and no longer; no batch commits after it. Answers the credits returned: 0 when it was disconnected already.
 */
export async function disconnect(db: Database, request: DisconnectRequest): Promise<number> {
  return transaction(db, (client) => disconnectIn(client, request))
}

async function disconnectIn(client: pg.ClientBase, request: DisconnectRequest): Promise<number> {
  const { connectionId, environmentId } = request
  const gate = await client.query<{ event_seq: string }>(
    `UPDATE connection_gate SET status = 'DISCONNECTED' WHERE connection_id = $1 AND status <> 'DISCONNECTED' RETURNING event_seq`,
    [connectionId],
  )
  const stood = gate.rows[0]
  if (!stood) return 0
  announceEndedCredentials(client)
  const events = await cancelRuns(client, connectionId)
  events.push({ type: 'CONNECTION_DISCONNECTED' })
  await client.query('UPDATE connection_token SET revoked_at = now() WHERE connection_id = $1 AND revoked_at IS NULL', [
    connectionId,
  ])
  await removeRotation(client, connectionId)
  const connection = await client.query<{ credit_cost: number }>(
    'UPDATE connection SET disconnected_at = now(), status_reason = NULL, schedules_changed_at = now() WHERE id = $1 RETURNING credit_cost',
    [connectionId],
  )
  const cost = connection.rows[0]?.credit_cost ?? 0
  await returnCredits(client, environmentId, cost, connectionId)
  await freeTargets(client, { kind: 'CONNECTION', of: connectionId })
  await insertEvents(client, connectionId, BigInt(stood.event_seq) + 1n, events)
  await client.query('UPDATE connection_gate SET event_seq = event_seq + $2 WHERE connection_id = $1', [
    connectionId,
    events.length,
  ])
  const { actor, ip } = request
  await insertAudit(client, {
    environmentId,
    actor,
    action: 'CONNECTION_DISCONNECT',
    target: connectionId,
    outcome: 'OK',
    ip,
  })
  return cost
}

async function cancelRuns(client: pg.ClientBase, connectionId: string): Promise<NewEvent[]> {
  const entities = await client.query<Counts & { sync_run_id: string; entity: EntityType }>(
    `UPDATE entity_run SET status = 'CANCELED', slot = NULL, fence = fence + 1, checkpoint = NULL, finished_at = now()
     WHERE connection_id = $1 AND slot IS NOT NULL
     RETURNING sync_run_id, entity, ${countColumns}`,
    [connectionId],
  )
  const runs = await client.query<{ id: string }>(
    `UPDATE sync_run SET status = 'CANCELED', finished_at = now()
     WHERE connection_id = $1 AND finished_at IS NULL RETURNING id`,
    [connectionId],
  )
  return [
    ...entities.rows.map(
      ({ sync_run_id: syncRunId, entity, ...counts }): NewEvent => ({
        type: 'ENTITY_FINISHED',
        syncRunId,
        entity,
        status: 'CANCELED',
        counts,
      }),
    ),
    ...runs.rows.map((row): NewEvent => ({ type: 'RUN_FINISHED', syncRunId: row.id, status: 'CANCELED' })),
  ]
}
