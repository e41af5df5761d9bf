import type pg from 'pg'
import type { Database } from './database.ts'
import type { Candidate } from './deletion-candidates.ts'
import { advanceEntityRun } from './entity-run-advance.ts'
import { noCounts } from './entity-run-checkpoint.ts'
import { reserveEvents } from './event-append.ts'
import type { Writer } from './record-batch.ts'
import { transaction } from './transaction.ts'

/** What a re-sync found missing since its last step, and where it goes on from. */
export interface MissingStep {
  /** In the order of their keys, behind those of every earlier step; a few thousand at the most. */
  missing: readonly Candidate[]
  checkpoint: unknown
  usage: { requests: number; bytes: number }
}

/**
 * Keeps what is about to be deleted or held, with the place up to which it is known: an attempt that follows does not ask for it again. Changes no
 * record. Under the fence.
 */
export async function keepMissing(db: Database, writer: Writer, step: MissingStep): Promise<void> {
  const { missing, checkpoint, usage } = step
  await transaction(db, async (client) => {
    if (missing.length > 0) {
      await client.query(
        `INSERT INTO missing_batch (entity_run_id, batch, external_ids, change_seqs)
         SELECT $1, COALESCE(max(batch) + 1, 0), $2::text[], $3::bigint[] FROM missing_batch WHERE entity_run_id = $1`,
        [
          writer.entityRunId,
          missing.map((candidate) => candidate.externalId),
          missing.map((candidate) => candidate.changeSeq.toString()),
        ],
      )
    }
    await reserveEvents(client, writer.connectionId, 0)
    await advanceEntityRun(client, writer, {
      counts: noCounts,
      checkpoint,
      maxStamp: null,
      estimatedTotal: null,
      usage,
      progressed: true,
    })
  })
}

export async function countMissing(client: pg.ClientBase | pg.Pool, entityRunId: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'SELECT COALESCE(sum(cardinality(external_ids)), 0)::int AS n FROM missing_batch WHERE entity_run_id = $1',
    [entityRunId],
  )
  return rows[0]?.n ?? 0
}

/** In the order of their keys, some at a time: at least so many but for the last, and at most a step more. All may be more than memory should hold. */
export async function* missingChunks(
  client: pg.ClientBase,
  entityRunId: string,
  atLeast: number,
): AsyncGenerator<Candidate[]> {
  let chunk: Candidate[] = []
  for (let batch = -1; ; ) {
    const { rows } = await client.query<{ batch: number; ids: string[]; seqs: string[] }>(
      `SELECT batch, external_ids AS ids, change_seqs AS seqs FROM missing_batch
       WHERE entity_run_id = $1 AND batch > $2 ORDER BY batch LIMIT 1`,
      [entityRunId, batch],
    )
    const row = rows[0]
    if (!row) break
    batch = row.batch
    chunk.push(...row.ids.map((externalId, i) => ({ externalId, changeSeq: BigInt(row.seqs[i] ?? 0) })))
    if (chunk.length < atLeast) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

export async function dropMissing(client: pg.ClientBase, entityRunId: string): Promise<void> {
  await client.query('DELETE FROM missing_batch WHERE entity_run_id = $1', [entityRunId])
}
