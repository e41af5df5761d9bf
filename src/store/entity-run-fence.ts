import type pg from 'pg'
import type { SyncMode, SyncStatus } from '../generated/prisma/enums.ts'
import type { SyncedEntity } from '../model/entities.ts'
import type { Database } from './database.ts'
import { FenceLost, RunEnded } from './errors.ts'
import { appendEvents, countsOf, type NewEvent } from './event-append.ts'
import type { Writer } from './record-batch.ts'
import { transaction } from './transaction.ts'

/** An entity run as an attempt finds it, with everything that reading its source needs. */
export interface FencedRun extends Writer {
  entity: SyncedEntity
  mode: SyncMode
  attempt: number
  /** When the attempt took its fence. As all times here that tell of the run, by PostgreSQL's clock. */
  fencedAt: Date
  /** When the first attempt began. */
  startedAt: Date
  windowStart: Date | null
  windowEnd: Date | null
  windowSkewMs: number
  clockSetBackMs: number
  checkpoint: unknown
  estimatedTotal: number | null
  progressAt: Date | null
  watermark: string | null
  /** The source's clock less ours at the last good run; null: not known. */
  clockOffsetMs: number | null
  /** Change numbers reserved so far. */
  changeSeq: bigint
  historyDays: number
  deleteGuardPercent: number
  system: string
  config: unknown
  credentialsRef: string | null
}

/**
 * Takes a new fence on an entity run: from here on, only this attempt's batches commit. The first one starts the run; one that
 * repeats after a failure counts as an attempt and is told as ENTITY_RETRYING, with what that failure said and how far the run is. How long it waited for a worker, from `scheduledAt` on, is not held against the run.
 * Throws FenceLost when the run has ended or is being canceled.
 */
export async function takeFence(
  db: Database,
  entityRunId: string,
  retrying: boolean,
  scheduledAt: Date | null = null,
): Promise<FencedRun> {
  return transaction(db, async (client) => {
    const connectionId = await lockGateOf(client, entityRunId)
    const before = await client.query<{ status: SyncStatus; failure: string | null }>(
      'SELECT status, error_message AS failure FROM entity_run WHERE id = $1 FOR UPDATE',
      [entityRunId],
    )
    const { status, failure = null } = before.rows[0] ?? {}
    if (status !== 'QUEUED' && status !== 'RUNNING') throw new RunEnded('The entity run has ended.')
    await client.query(
      `UPDATE entity_run SET fence = fence + 1, status = 'RUNNING', started_at = COALESCE(started_at, now()),
         error_category = NULL, error_code = NULL, error_message = NULL, error_retryable = NULL,
         attempt = CASE WHEN attempt = 0 THEN 1 ELSE attempt + $2 END,
         progress_at = CASE WHEN started_at IS NOT NULL
           THEN LEAST(now(), COALESCE(progress_at, started_at) + GREATEST(interval '0', now() - COALESCE($3::timestamptz, now()))) END
       WHERE id = $1`,
      [entityRunId, retrying ? 1 : 0, scheduledAt],
    )
    const run = await readFenced(client, entityRunId)
    const events: NewEvent[] = []
    const about = { syncRunId: run.syncRunId, entity: run.entity, status: 'RUNNING' as const }
    if (status === 'QUEUED') events.push({ type: 'ENTITY_STARTED', ...about })
    else if (retrying) {
      const message = `Attempt ${run.attempt}.${failure === null ? '' : ` ${failure}`}`
      events.push({ type: 'ENTITY_RETRYING', ...about, message, counts: await countsOf(client, entityRunId) })
    }
    await appendEvents(client, connectionId, events)
    return run
  })
}

export interface FixedWindow {
  start: Date | null
  end: Date
  skewMs: number
  /** The source's clock less ours; null: not told. */
  clockOffsetMs: number | null
  clockSetBackMs: number
  estimatedTotal: number | null
}

/** Fixes what the run reads, once: its end in the source's clock and its start. Under the fence. */
export async function fixWindow(db: Database, run: FencedRun, window: FixedWindow): Promise<void> {
  const { rowCount } = await db.pool.query(
    `UPDATE entity_run SET window_start = $3, window_end = $4, window_skew_ms = $5, clock_offset_ms = $6,
       clock_set_back_ms = $7, estimated_total = $8
     WHERE id = $1 AND fence = $2 AND status = 'RUNNING' AND window_end IS NULL`,
    [
      run.entityRunId,
      run.fence,
      window.start,
      window.end,
      window.skewMs,
      window.clockOffsetMs,
      window.clockSetBackMs,
      window.estimatedTotal,
    ],
  )
  if (rowCount !== 1) throw new FenceLost('Another attempt has taken over this entity run, or it has ended.')
}

// the gate before the entity run: the order that every transaction without record locks keeps
async function lockGateOf(client: pg.ClientBase, entityRunId: string): Promise<string> {
  const { rows } = await client.query<{ connection_id: string }>(
    `SELECT g.connection_id FROM entity_run e JOIN connection_gate g ON g.connection_id = e.connection_id
     WHERE e.id = $1 FOR NO KEY UPDATE OF g`,
    [entityRunId],
  )
  const row = rows[0]
  if (!row) throw new RunEnded('The entity run does not exist.')
  return row.connection_id
}

async function readFenced(client: pg.ClientBase, entityRunId: string): Promise<FencedRun> {
  const { rows } = await client.query(
    `SELECT e.id AS "entityRunId", e.sync_run_id AS "syncRunId", e.connection_id AS "connectionId", c.key AS "connectionKey",
            e.entity, e.mode, e.fence, e.attempt, clock_timestamp() AS "fencedAt", e.started_at AS "startedAt", e.window_start AS "windowStart", e.window_end AS "windowEnd", e.window_skew_ms AS "windowSkewMs",
            e.clock_set_back_ms::float8 AS "clockSetBackMs",
            e.checkpoint, e.estimated_total AS "estimatedTotal", e.progress_at AS "progressAt",
            s.held_run_id AS "heldRunId",
            s.watermark, s.clock_offset_ms::float8 AS "clockOffsetMs", s.change_seq AS "changeSeq",
            c.history_days AS "historyDays", c.delete_guard_percent AS "deleteGuardPercent",
            c.system, c.config, c.credentials_ref AS "credentialsRef"
     FROM entity_run e
     JOIN connection c ON c.id = e.connection_id
     JOIN entity_state s ON s.connection_id = e.connection_id AND s.entity = e.entity
     WHERE e.id = $1`,
    [entityRunId],
  )
  const row = rows[0] as FencedRun & { changeSeq: string } // the statement's columns, as pg types them; bigint comes as text
  return { ...row, changeSeq: BigInt(row.changeSeq) }
}
