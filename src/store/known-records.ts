import { entityCodes } from '../model/entity-type.ts'
import type { SyncedEntity } from '../model/entities.ts'
import type { Database } from './database.ts'
import type { Writer } from './record-batch.ts'
import { readInIndexOrder } from './transaction.ts'
import { unstamped } from './unstamped.ts'

/** How many records a run has been given so far, over all its attempts; and by the longest of these passes, where it keeps what they have met. */
export async function listedSoFar(
  db: Database,
  entityRunId: string,
  passes: readonly number[],
): Promise<{ inAll: number; inOne: number }> {
  const { rows } = await db.pool.query<{ fetched: number; longest: number | null }>(
    `SELECT fetched, (
       SELECT max(n)::int FROM (
         SELECT sum(octet_length(hashes)) / 8 AS n FROM seen_batch WHERE entity_run_id = $1 AND pass = ANY($2) GROUP BY pass
       ) AS of_pass
     ) AS longest FROM entity_run WHERE id = $1`,
    [entityRunId, passes],
  )
  const { fetched = 0, longest = null } = rows[0] ?? {}
  return { inAll: fetched, inOne: longest ?? fetched }
}

export interface KnownKeys {
  inWindow: string[]
  others: string[]
}

/**
 * Keys of a few live records: the last ones stamped at or after `since` (null: of any), and the last ones before it. One without a modified stamp is
 * told by when it was created; one without either is in every window. Of those without a modified stamp as many are looked through as `mostUnstamped` says (null: all).
 */
export async function knownKeys(
  db: Database,
  writer: Writer,
  since: Date | null,
  { limit, mostUnstamped }: { limit: number; mostUnstamped: number | null },
): Promise<KnownKeys> {
  const last = async (condition: string, values: unknown[], records = own) => {
    const { rows } = await readInIndexOrder(db.pool, (client) =>
      client.query<{ id: string }>(
        `SELECT external_id AS id FROM (${records}) AS known WHERE deleted_at IS NULL AND ${condition}
         ORDER BY source_updated_at DESC LIMIT $3`,
        [writer.connectionKey, entityCodes[writer.entity], limit, ...values],
      ),
    )
    return rows.map((row) => row.id)
  }
  if (since === null) return { inWindow: await last('true', []), others: [] }
  // two ranges of the index on the stamp, as countLive reads them
  const of = async (order: '>=' | '<') => [
    ...(await last(`source_updated_at ${order} $4`, [since])),
    ...(await last(`COALESCE(source_created_at, $4) ${order} $4`, [since], unstamped('$1', '$2', mostUnstamped))),
  ]
  return { inWindow: await of('>='), others: await of('<') }
}

const own = 'SELECT * FROM record WHERE connection_key = $1 AND entity = $2'

/** The connection's other entities that hold records. */
export async function otherEntities(db: Database, writer: Writer): Promise<SyncedEntity[]> {
  const { rows } = await db.pool.query<{ entity: SyncedEntity }>(
    `SELECT entity FROM entity_state
     WHERE connection_id = $1 AND entity <> $2::"EntityType" AND enabled AND record_count > 0`,
    [writer.connectionId, writer.entity],
  )
  return rows.map((row) => row.entity)
}
