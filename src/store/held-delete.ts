import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import { insertAudit } from './audit.ts'
import type { Database } from './database.ts'
import { EntityBusy } from './errors.ts'
import { countColumns, type Counts, insertEvents, reserveEvents } from './event-append.ts'
import { sweepHeld } from './held-sweep.ts'
import { chunkSize, markDeleted } from './record-delete.ts'
import { transaction } from './transaction.ts'

/** The deletions that one entity run has held back, and who decides on them. */
export interface HeldDecision {
  connectionId: string
  environmentId: string
  syncRunId: string
  entityRunId: string
  entity: EntityType
  actor: string
  ip: string | null
}

/**
 * Deletes what the entity's newest complete re-sync has held back: each record that is still live and has not been written since it was held. No fence
 * guards this, so it is the entity's only writer by its locks: the entity's state first, as every commit; and at the gate, behind which no run
 * can start or end, no run may read the entity. Throws EntityBusy when one does, ConnectionGone when it is disconnected. Where nothing
 * is held any more nothing changes.
 */
export async function confirmHeld(db: Database, decision: HeldDecision): Promise<void> {
  await decide(db, decision, 'DELETES_CONFIRMED')
}

/** Forgets what was held: the records stay. The next full re-sync judges anew. Throws as confirmHeld. */
export async function dismissHeld(db: Database, decision: HeldDecision): Promise<void> {
  await decide(db, decision, 'DELETES_DISMISSED')
}

async function decide(db: Database, decision: HeldDecision, outcome: 'DELETES_CONFIRMED' | 'DELETES_DISMISSED') {
  const { connectionId, entity, entityRunId } = decision
  const decided = await transaction(db, async (client) => {
    const state = await lockState(client, decision)
    if (state?.heldRunId !== entityRunId) {
      // nothing is held any more, or not yet
      await refuseBusy(client, decision, entityRunId)
      return false
    }
    await refuseBusy(client, decision)
    const confirmed = outcome === 'DELETES_CONFIRMED'
    const { reserved, deleted } = confirmed ? await deleteHeld(client, decision, state) : { reserved: 0, deleted: 0 }
    const held = await countHeld(client, entityRunId)
    await client.query(
      `UPDATE entity_state SET change_seq = change_seq + $3, record_count = record_count - $4, held_run_id = NULL
       WHERE connection_id = $1 AND entity = $2::"EntityType"`,
      [connectionId, entity, reserved, deleted],
    )
    const sequence = await reserveEvents(client, connectionId, 1)
    await refuseBusy(client, decision)
    const counts = await settleCounts(client, entityRunId, deleted)
    const message = messageOf(outcome, held, deleted)
    await insertEvents(client, connectionId, sequence, [
      { type: outcome, syncRunId: decision.syncRunId, entity, status: 'SUCCEEDED', counts, message },
    ])
    const { environmentId, actor, ip } = decision
    const action = confirmed ? 'DELETES_CONFIRM' : 'DELETES_DISMISS'
    const target = `${decision.syncRunId}/${entity}`
    await insertAudit(client, { environmentId, actor, action, target, outcome: 'OK', ip })
    return true
  })
  if (!decided) return
  // nearly always all of it; what fails or is left the reconciler finds
  await sweepHeld(db, entityRunId, 1).catch(() => {})
}

async function countHeld(client: pg.ClientBase, entityRunId: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM held_delete WHERE entity_run_id = $1',
    [entityRunId],
  )
  return rows[0]?.n ?? 0
}

/** Null when the run does not sync this entity. */
export async function entityRunIdOf(db: Database, syncRunId: string, entity: EntityType): Promise<string | null> {
  const { rows } = await db.pool.query<{ id: string }>(
    'SELECT id FROM entity_run WHERE sync_run_id = $1 AND entity = $2::"EntityType"',
    [syncRunId, entity],
  )
  return rows[0]?.id ?? null
}

interface State {
  connectionKey: number
  changeSeq: string
  heldRunId: string | null
}

async function lockState(client: pg.ClientBase, { connectionId, entity }: HeldDecision): Promise<State | undefined> {
  const { rows } = await client.query<State>(
    `SELECT connection_key AS "connectionKey", change_seq AS "changeSeq", held_run_id AS "heldRunId" FROM entity_state
     WHERE connection_id = $1 AND entity = $2::"EntityType" FOR NO KEY UPDATE`,
    [connectionId, entity],
  )
  return rows[0]
}

async function refuseBusy(client: pg.ClientBase, { connectionId, entity }: HeldDecision, only: string | null = null) {
  const { rowCount } = await client.query(
    `SELECT FROM entity_run WHERE connection_id = $1 AND entity = $2::"EntityType" AND slot = 'ACTIVE' AND ($3::uuid IS NULL OR id = $3)`,
    [connectionId, entity, only],
  )
  if (rowCount !== 0) throw new EntityBusy(`A run reads ${entity}.`)
}

/** In pages, each joined by its keys: joined as a whole, a table without statistics is planned quadratic (30,000 records: minutes). */
async function deleteHeld(client: pg.ClientBase, { entity, entityRunId }: HeldDecision, state: State) {
  let reserved = 0
  let deleted = 0
  for (let after = ''; ; ) {
    const { rows } = await client.query<{ externalId: string; changeSeq: string }>(
      `SELECT external_id AS "externalId", change_seq AS "changeSeq" FROM held_delete
       WHERE entity_run_id = $1 AND external_id > $2 ORDER BY external_id LIMIT $3`,
      [entityRunId, after, chunkSize],
    )
    const page = rows.map((row) => ({ externalId: row.externalId, changeSeq: BigInt(row.changeSeq) }))
    const before = BigInt(state.changeSeq) + BigInt(reserved)
    if (page.length > 0)
      deleted += await markDeleted(client, { connectionKey: state.connectionKey, entity }, page, before)
    reserved += page.length
    const last = page.at(-1)
    if (!last || page.length < chunkSize) return { reserved, deleted }
    after = last.externalId
  }
}

async function settleCounts(client: pg.ClientBase, entityRunId: string, deleted: number): Promise<Counts> {
  const { rows } = await client.query<Counts>(
    `UPDATE entity_run SET deleted = deleted + $2, held_deletes = 0 WHERE id = $1
     RETURNING ${countColumns}`,
    [entityRunId, deleted],
  )
  const row = rows[0]
  if (!row) throw new Error(`entity run ${entityRunId} vanished`)
  return row
}

function messageOf(outcome: 'DELETES_CONFIRMED' | 'DELETES_DISMISSED', held: number, deleted: number): string {
  if (outcome === 'DELETES_DISMISSED') return `The deletion of ${held} records was dismissed: they stay.`
  const spared = held - deleted
  return `${deleted} records were deleted as confirmed.${spared > 0 ? ` ${spared} had changed since they were held, and stay.` : ''}`
}
