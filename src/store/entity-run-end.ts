import type pg from 'pg'
import type { SyncErrorCategory, SyncMode, SyncStatus } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import { noteAcceptance, noteRefusal } from './connection-status.ts'
import type { Database } from './database.ts'
import { ConnectionGone, FenceLost } from './errors.ts'
import { countsOf, insertEvents, reserveEvents, type NewEvent } from './event-append.ts'
import { forgetHeld, succeedEarlier } from './held-succession.ts'
import { sweepHeld } from './held-sweep.ts'
import { dropMissing } from './missing-batch.ts'
import { transaction } from './transaction.ts'

export interface RunError {
  category: SyncErrorCategory
  code: string
  message: string
  retryable: boolean
  /** Reference of the credentials that the source refused, where it did. */
  credentialsRef?: string | null
}

export type EntityOutcome =
  /**
   * The fence of the attempt that read to the end, and where the next incremental run resumes; null: where it stood. `judged`: it has told what is gone
   * from what is there.
   */
  | { status: 'SUCCEEDED'; fence: number; watermark: string | null; judged?: boolean }
  | { status: 'FAILED'; error: RunError }
  | { status: 'CANCELED' }

/** An entity run that waited for this one and may read now. */
export interface Promoted {
  syncRunId: string
  entityRunId: string
}

interface Ending {
  id: string
  sync_run_id: string
  connection_id: string
  entity: EntityType
  mode: SyncMode
  slot: string | null
}

/**
 * Ends an entity run: status, watermark (on success only, here and nowhere else), events, and the promotion of the run that waited.
 * Repeating it changes nothing and answers the same promotion. A run that is being canceled ends as CANCELED whatever the outcome; success needs
 * the fence to hold.
 */
export async function endEntityRun(
  db: Database,
  entityRunId: string,
  outcome: EntityOutcome,
): Promise<Promoted | null> {
  try {
    const { promoted, forgotten } = await transaction(db, (client) => end(client, entityRunId, outcome))
    // nearly always all of it; what fails or is left the reconciler finds
    if (forgotten !== null) await sweepHeld(db, forgotten, 1).catch(() => {})
    return promoted
  } catch (error) {
    // disconnect has ended the run, with its events
    if (error instanceof ConnectionGone) return null
    if (error instanceof EndedMeanwhile) return endEntityRun(db, entityRunId, outcome)
    throw error
  }
}

/** Another call has ended the run while this one waited for its locks: what this one did is rolled back. */
class EndedMeanwhile extends Error {}

async function end(client: pg.ClientBase, entityRunId: string, outcome: EntityOutcome) {
  const found = await client.query<Ending>(
    'SELECT id, sync_run_id, connection_id, entity, mode, slot FROM entity_run WHERE id = $1',
    [entityRunId],
  )
  const run = found.rows[0]
  if (!run) throw new Error(`entity run ${entityRunId} does not exist`)
  const connectionId = run.connection_id
  if (run.slot === null) return { promoted: await standing(client, run), forgotten: null }

  // the lock order of every commit: entity state, gate, entity run
  const succeeded =
    outcome.status === 'SUCCEEDED' && (await moveWatermark(client, run, outcome.fence, outcome.watermark))
  const overtaken =
    succeeded && run.mode !== 'INCREMENTAL' ? await succeedEarlier(client, run, outcome.judged === true) : null
  const first = await reserveEvents(client, connectionId, 1)
  const status = await close(client, run, outcome, succeeded)
  const forgotten = succeeded ? overtaken : run.id
  if (forgotten !== null) await forgetHeld(client, forgotten)
  const counts = await countsOf(client, run.id)
  const events: NewEvent[] = [
    {
      type: 'ENTITY_FINISHED',
      syncRunId: run.sync_run_id,
      entity: run.entity,
      status,
      counts,
      ...(status === 'FAILED' && outcome.status === 'FAILED' ? { message: outcome.error.message } : {}),
    },
  ]
  await insertEvents(client, connectionId, first, events)
  await changeConnectionStatus(client, run, outcome)
  await client.query('DELETE FROM seen_batch WHERE entity_run_id = $1', [run.id])
  await dropMissing(client, run.id)
  return { promoted: await promote(client, run), forgotten }
}

/** What is due is settled by a run that reads everything, and that has begun with what made it due. */
const settlesDue = `e.mode <> 'INCREMENTAL' AND e.started_at > s.due_since`

/** False when the fence is lost or the run is being canceled: then it has not succeeded. */
async function moveWatermark(client: pg.ClientBase, run: Ending, fence: number, watermark: string | null) {
  const { rowCount } = await client.query(
    `UPDATE entity_state s SET watermark = COALESCE($3, s.watermark), last_successful_sync_at = e.started_at,
       clock_offset_ms = COALESCE(e.clock_offset_ms, s.clock_offset_ms),
       due_mode = CASE WHEN ${settlesDue} THEN NULL ELSE s.due_mode END, due_since = CASE WHEN ${settlesDue} THEN NULL ELSE s.due_since END
     FROM entity_run e
     WHERE s.connection_id = $1 AND s.entity = $2::"EntityType" AND e.id = $4 AND e.fence = $5 AND e.status = 'RUNNING'`,
    [run.connection_id, run.entity, watermark, run.id, fence],
  )
  return rowCount === 1
}

/** Answers the status that the run ends with. A cancel that came after the watermark moved came too late. */
async function close(
  client: pg.ClientBase,
  run: Ending,
  outcome: EntityOutcome,
  succeeded: boolean,
): Promise<SyncStatus> {
  const { rows } = await client.query<{ status: SyncStatus; slot: string | null }>(
    'SELECT status, slot FROM entity_run WHERE id = $1 FOR UPDATE',
    [run.id],
  )
  if (rows[0]?.slot === null) throw new EndedMeanwhile()
  const canceled = rows[0]?.status === 'CANCELING'
  if (outcome.status === 'SUCCEEDED' && !succeeded && !canceled) {
    throw new FenceLost('Another attempt has taken over this entity run.')
  }
  const status = succeeded ? 'SUCCEEDED' : canceled ? 'CANCELED' : outcome.status
  const error = status === 'FAILED' && outcome.status === 'FAILED' ? outcome.error : null
  await client.query(
    `UPDATE entity_run SET status = $2::"SyncStatus", error_category = $3::"SyncErrorCategory", error_code = $4, error_message = $5,
       error_retryable = $6, slot = NULL, fence = fence + 1, checkpoint = NULL, finished_at = now()
     WHERE id = $1`,
    [run.id, status, error?.category ?? null, error?.code ?? null, error?.message ?? null, error?.retryable ?? null],
  )
  return status
}

/** Refused credentials ask for someone to act; a success shows that they did. */
async function changeConnectionStatus(client: pg.ClientBase, run: Ending, outcome: EntityOutcome) {
  if (outcome.status === 'SUCCEEDED') await noteAcceptance(client, run.connection_id, run.id)
  if (outcome.status !== 'FAILED') return
  const { category, retryable, message, credentialsRef = null } = outcome.error
  if (category === 'AUTHENTICATION' && !retryable) {
    await noteRefusal(client, run.connection_id, { message, credentialsRef })
  }
}

async function promote(client: pg.ClientBase, run: Ending): Promise<Promoted | null> {
  const { rows } = await client.query<Promoted>(
    `UPDATE entity_run SET slot = 'ACTIVE' WHERE connection_id = $1 AND entity = $2::"EntityType" AND slot = 'WAITING'
     RETURNING sync_run_id AS "syncRunId", id AS "entityRunId"`,
    [run.connection_id, run.entity],
  )
  return rows[0] ?? null
}

/** What an earlier call promoted, if it has not begun yet. */
async function standing(client: pg.ClientBase, run: Ending): Promise<Promoted | null> {
  const { rows } = await client.query<Promoted>(
    `SELECT sync_run_id AS "syncRunId", id AS "entityRunId" FROM entity_run
     WHERE connection_id = $1 AND entity = $2::"EntityType" AND slot = 'ACTIVE' AND status = 'QUEUED' AND sync_run_id <> $3`,
    [run.connection_id, run.entity, run.sync_run_id],
  )
  return rows[0] ?? null
}
