import type pg from 'pg'
import { entityCodes } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import type { Candidate } from './deletion-candidates.ts'
import { advanceEntityRun, checkFence } from './entity-run-advance.ts'
import { noCounts } from './entity-run-checkpoint.ts'
import { reserveChanges } from './entity-state-reserve.ts'
import { insertEvents, reserveEvents } from './event-append.ts'
import { countMissing, dropMissing, missingChunks } from './missing-batch.ts'
import type { Writer } from './record-batch.ts'
import { partitionOf } from './record-partition.ts'
import { inIndexOrder, transaction } from './transaction.ts'

/** How a deletion became known: the source said so, or the record was missing from whole enumerations. */
export const deletionKinds = { SOURCE: 1, INFERRED: 2, FLAG: 3 } as const

/** Rows of one UPDATE. */
export const chunkSize = 5_000

/**
 * Marks deleted what keepMissing has kept, all in one transaction, so that a run which is canceled meanwhile has deleted none of it; under the fence,
 * in the lock order of every commit: the gate, where others wait, comes after the last record. A record written since it was missed stays. Stops when the
 * signal says so or the run is being canceled, and has then deleted nothing.
 */
export async function deleteMissing(
  db: Database,
  writer: Writer,
  checkpoint: unknown,
  signal: AbortSignal,
): Promise<void> {
  await transaction(db, async (client) => {
    let deleted = 0
    const total = await countMissing(client, writer.entityRunId)
    let before = (await reserveChanges(client, writer, total, 0)) - 1n
    for await (const missing of missingChunks(client, writer.entityRunId, chunkSize)) {
      deleted += await markDeleted(client, writer, missing, before)
      before += BigInt(missing.length)
      signal.throwIfAborted()
      await checkFence(client, writer)
    }
    await dropMissing(client, writer.entityRunId)
    await client.query(
      `UPDATE entity_state SET record_count = record_count - $3 WHERE connection_id = $1 AND entity = $2::"EntityType"`,
      [writer.connectionId, writer.entity, deleted],
    )
    const sequence = await reserveEvents(client, writer.connectionId, 1)
    const counts = await advanceEntityRun(client, writer, {
      counts: { ...noCounts, deleted },
      checkpoint,
      maxStamp: null,
      estimatedTotal: null,
      usage: { requests: 0, bytes: 0 },
      progressed: true,
    })
    await insertEvents(client, writer.connectionId, sequence, [
      { type: 'ENTITY_PROGRESS', syncRunId: writer.syncRunId, entity: writer.entity, status: 'RUNNING', counts },
    ])
  })
}

/**
 * Those still live and not written since, under the change numbers behind `before`; under the lock of the entity's state. Each is found by its key and
 * changed by its address: a join by key is planned as a walk through all of the entity where the planner knows nothing of its rows. Answers how many.
 */
export async function markDeleted(
  client: pg.ClientBase,
  writer: Pick<Writer, 'connectionKey' | 'entity'>,
  missing: readonly Candidate[],
  before: bigint,
): Promise<number> {
  const partition = await partitionOf(client, writer.connectionKey)
  await client.query(inIndexOrder)
  const { rowCount } = await client.query(
    `UPDATE ${partition} r SET deleted_at = now(), deletion_kind = $3, updated_at = now(), change_seq = $4::bigint + u.n
     FROM unnest($5::text[], $6::bigint[]) WITH ORDINALITY AS u(id, seq, n)
     CROSS JOIN LATERAL (
       SELECT ctid AS address FROM ${partition}
       WHERE connection_key = $1 AND entity = $2 AND external_id >= u.id COLLATE "C" AND external_id <= u.id COLLATE "C"
       ORDER BY external_id LIMIT 1
     ) AS found
     WHERE r.ctid = found.address AND r.change_seq = u.seq AND r.deleted_at IS NULL`,
    [
      writer.connectionKey,
      entityCodes[writer.entity],
      deletionKinds.INFERRED,
      before.toString(),
      missing.map((candidate) => candidate.externalId),
      missing.map((candidate) => candidate.changeSeq.toString()),
    ],
  )
  return rowCount ?? 0
}

/** Holds back what keepMissing has kept for someone to confirm: too many at once look like a fault of the source or of its filter. */
export async function holdDeletes(db: Database, writer: Writer, checkpoint: unknown): Promise<void> {
  await transaction(db, async (client) => {
    await client.query('DELETE FROM held_delete WHERE entity_run_id = $1', [writer.entityRunId])
    const { rowCount } = await client.query(
      `INSERT INTO held_delete (entity_run_id, external_id, change_seq)
       SELECT $1, u.id, u.seq FROM missing_batch m, unnest(m.external_ids, m.change_seqs) AS u(id, seq) WHERE m.entity_run_id = $1`,
      [writer.entityRunId],
    )
    const held = rowCount ?? 0
    await dropMissing(client, writer.entityRunId)
    const sequence = await reserveEvents(client, writer.connectionId, 1)
    const counts = await advanceEntityRun(client, writer, {
      counts: { ...noCounts, heldDeletes: held },
      checkpoint,
      maxStamp: null,
      estimatedTotal: null,
      usage: { requests: 0, bytes: 0 },
      progressed: false,
    })
    await insertEvents(client, writer.connectionId, sequence, [
      {
        type: 'DELETES_HELD',
        syncRunId: writer.syncRunId,
        entity: writer.entity,
        counts,
        message: `${held} records are missing at the source: more than the guard lets go at once. Confirm or dismiss their deletion.`,
      },
    ])
  })
}
