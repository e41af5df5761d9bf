import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import { insertAudit, type NewAuditEntry } from './audit.ts'
import type { Database } from './database.ts'
import { countColumns, appendEvents, type Counts, lockGate, type NewEvent } from './event-append.ts'
import { transaction } from './transaction.ts'

/**
 * Marks the open entity runs of a run as CANCELING (all, or those named): from here on no batch of theirs commits. One that only waited is CANCELED at
 * once. Answers whether anything was open.
 */
export async function cancelRun(
  db: Database,
  run: { syncRunId: string; connectionId: string },
  entities: readonly EntityType[] | null,
  audit: NewAuditEntry,
): Promise<boolean> {
  const { syncRunId, connectionId } = run
  return transaction(db, async (client) => {
    if ((await lockGate(client, connectionId)) === 'DISCONNECTED') return false
    const events = [
      ...(await cancelReading(client, syncRunId, entities)),
      ...(await cancelWaiting(client, syncRunId, entities)),
    ]
    if (events.length === 0) return false
    if (entities === null) {
      await client.query(`UPDATE sync_run SET status = 'CANCELING' WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')`, [
        syncRunId,
      ])
    }
    await appendEvents(client, connectionId, events)
    await insertAudit(client, audit)
    return true
  })
}

type Canceled = Counts & { entity: EntityType }

async function cancelReading(client: pg.ClientBase, syncRunId: string, entities: readonly EntityType[] | null) {
  const { rows } = await client.query<Canceled>(
    `UPDATE entity_run SET status = 'CANCELING'
     WHERE sync_run_id = $1 AND slot = 'ACTIVE' AND status IN ('QUEUED', 'RUNNING') AND ($2::text[] IS NULL OR entity::text = ANY($2))
     RETURNING entity, ${countColumns}`,
    [syncRunId, entities],
  )
  return rows.map(
    ({ entity, ...counts }): NewEvent => ({ type: 'ENTITY_CANCELING', syncRunId, entity, status: 'CANCELING', counts }),
  )
}

async function cancelWaiting(client: pg.ClientBase, syncRunId: string, entities: readonly EntityType[] | null) {
  const { rows } = await client.query<Canceled>(
    `UPDATE entity_run SET status = 'CANCELED', slot = NULL, fence = fence + 1, finished_at = now()
     WHERE sync_run_id = $1 AND slot = 'WAITING' AND ($2::text[] IS NULL OR entity::text = ANY($2))
     RETURNING entity, ${countColumns}`,
    [syncRunId, entities],
  )
  return rows.map(
    ({ entity, ...counts }): NewEvent => ({ type: 'ENTITY_FINISHED', syncRunId, entity, status: 'CANCELED', counts }),
  )
}
