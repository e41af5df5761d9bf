import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { type EntityType, entityCodes } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import { advanceEntityRun, type Advance } from './entity-run-advance.ts'
import { insertEvents, reserveEvents, type Counts, type NewEvent } from './event-append.ts'
import { encodeRecords, recordColumns, type CopyContext } from './record-copy.ts'
import { storedHashes } from './record-hashes.ts'
import { lowerHeld, releaseHeld } from './held-arrival.ts'
import { isSameContent } from './record-hash.ts'
import { type ArrivedRow, byKey, type RecordRow, stampOf } from './record-row.ts'
import { isKeyless, keepRejected, type Rejection } from './rejected-record.ts'
import type { PackedRow } from './packed-row.ts'
import { reserveChanges } from './entity-state-reserve.ts'
import { transaction } from './transaction.ts'

/** Who writes: an entity run under a fence. */
export interface Writer {
  connectionId: string
  connectionKey: number
  entity: EntityType
  syncRunId: string
  entityRunId: string
  fence: number
  /** The earlier entity run whose deletions wait to be confirmed: what arrives again waits no longer. */
  heldRunId?: string | null
}

export interface Batch {
  /** In the order received; of several of one record the last counts. */
  rows: readonly (RecordRow | PackedRow)[]
  /** Records that the caller knows to be stored as they came. */
  unchanged?: readonly ArrivedRow[]
  rejected: readonly Rejection[]
  checkpoint: unknown
  maxStamp: Date | null
  estimatedTotal: number | null
  usage: { requests: number; bytes: number }
  /** Source pages that end in the batch. */
  pages?: number
  /** Records stamped up to here lie where this window overlaps the one before it; null: nothing does. */
  overlapUntil?: Date | null
  /** 8-byte hashes of the external ids, where the run has to know what it has seen. */
  seen: { pass: number; hashes: Buffer } | null
  /** Whether an ENTITY_PROGRESS event is due. */
  progress: boolean
}

interface Changes {
  created: (RecordRow | PackedRow)[]
  changed: (RecordRow | PackedRow)[]
  revived: number
  overlapHits: number
}

/** Which of the batch's rows are new and which differ from what is stored; the rest is not touched at all. */
async function compare(
  db: Database,
  writer: Writer,
  { rows, unchanged = [], overlapUntil = null }: Pick<Batch, 'rows' | 'unchanged' | 'overlapUntil'>,
): Promise<Changes> {
  const last = new Map(rows.map((row) => [row.externalId, row]))
  const stored = await storedHashes(db.pool, writer.connectionKey, entityCodes[writer.entity], [...last.keys()])
  const changes: Changes = { created: [], changed: [], revived: 0, overlapHits: 0 }
  for (const row of unchanged) if (isUpTo(stampOf(row), overlapUntil)) changes.overlapHits += 1
  for (const row of last.values()) {
    const known = stored.get(row.externalId)
    if (!known) changes.created.push(row)
    else if (known.deleted || !isSameContent(known.hash, row.hash)) changes.changed.push(row)
    else if (isUpTo(stampOf(row), overlapUntil)) changes.overlapHits += 1
    if (known?.deleted) changes.revived += 1
  }
  changes.created.sort(byKey)
  changes.changed.sort(byKey)
  return changes
}

const isUpTo = (stamp: Date | null, until: Date | null) => stamp !== null && until !== null && stamp <= until

/**
 * Commits one batch: records, change sequence, checkpoint, counts and event in one transaction, with its locks in the one order that
 * every writer of a connection's records keeps. Throws FenceLost or ConnectionGone, and then nothing of the batch is there. Safe to
 * repeat: what is stored already compares as unchanged.
 */
export async function commitBatch(db: Database, writer: Writer, batch: Batch): Promise<Counts> {
  const { created, changed, revived, overlapHits } = await compare(db, writer, batch)
  const now = new Date()
  const arrived = batch.unchanged ? [...batch.rows, ...batch.unchanged] : batch.rows
  const counts = {
    fetched: arrived.length + batch.rejected.length,
    created: created.length,
    updated: changed.length,
    unchanged: arrived.length - created.length - changed.length,
    rejected: batch.rejected.length,
  }
  return transaction(db, async (client) => {
    const written = created.length + changed.length
    if (written > 0) {
      const firstSeq = await reserveChanges(client, writer, written, created.length + revived)
      const context = { connectionKey: writer.connectionKey, entity: entityCodes[writer.entity], firstSeq, now }
      if (created.length > 0) await copyInto(client, 'record', created, context)
      if (changed.length > 0) {
        await upsert(client, changed, { ...context, firstSeq: firstSeq + BigInt(created.length) })
      }
    }
    await keepRejected(client, writer, batch.rejected, arrived, now)
    const held = await releaseHeld(client, writer, [...arrived, ...batch.rejected])
    if (batch.seen) await keepSeen(client, writer, batch.seen)
    const sequence = await reserveEvents(client, writer.connectionId, batch.progress ? 1 : 0)
    const keyless = batch.rejected.filter(isKeyless).length
    const advance: Advance = { ...batch, counts, overlapHits, keyless, progressed: batch.progress }
    const totals = await advanceEntityRun(client, writer, advance)
    if (held > 0) await lowerHeld(client, writer, held)
    if (batch.progress)
      await insertEvents(client, writer.connectionId, sequence, [progressEvent(writer, totals, batch)])
    return totals
  })
}

function progressEvent(writer: Writer, counts: Counts, batch: Batch): NewEvent {
  return {
    type: 'ENTITY_PROGRESS',
    syncRunId: writer.syncRunId,
    entity: writer.entity,
    status: 'RUNNING',
    counts,
    estimatedTotal: batch.estimatedTotal,
  }
}

async function copyInto(
  client: pg.ClientBase,
  table: 'record' | 'record_stage',
  rows: readonly (RecordRow | PackedRow)[],
  context: CopyContext,
) {
  const target = client.query(copyFrom(`COPY ${table} (${recordColumns}) FROM STDIN (FORMAT binary)`))
  await pipeline(Readable.from(encodeRecords(rows, context)), target)
}

/** Absent fields leave what is stored, null clears it: the stored JSON is merged, not replaced. A deleted record that is back is undeleted. */
async function upsert(client: pg.ClientBase, rows: readonly (RecordRow | PackedRow)[], context: CopyContext) {
  await client.query(
    'CREATE TEMPORARY TABLE IF NOT EXISTS record_stage (LIKE record INCLUDING DEFAULTS) ON COMMIT DELETE ROWS',
  )
  await copyInto(client, 'record_stage', rows, context)
  await client.query(
    `INSERT INTO record AS r (${recordColumns})
     SELECT ${recordColumns} FROM record_stage ORDER BY external_id
     ON CONFLICT (connection_key, entity, external_id) DO UPDATE SET
       change_seq = excluded.change_seq,
       content_hash = excluded.content_hash,
       number = CASE WHEN excluded.data::jsonb ? 'number' THEN excluded.number ELSE r.number END,
       status = CASE WHEN excluded.data::jsonb ? 'status' THEN excluded.status ELSE r.status END,
       source_created_at = COALESCE(excluded.source_created_at, r.source_created_at),
       source_updated_at = COALESCE(excluded.source_updated_at, r.source_updated_at),
       updated_at = excluded.updated_at,
       deleted_at = NULL,
       deletion_kind = NULL,
       data = (r.data::jsonb || excluded.data::jsonb)::json,
       raw = excluded.raw`,
  )
}

async function keepSeen(client: pg.ClientBase, writer: Writer, seen: { pass: number; hashes: Buffer }) {
  await client.query(
    `INSERT INTO seen_batch (entity_run_id, pass, batch, hashes)
     SELECT $1, $2, COALESCE(max(batch) + 1, 0), $3 FROM seen_batch WHERE entity_run_id = $1 AND pass = $2`,
    [writer.entityRunId, seen.pass, seen.hashes],
  )
}
