import { entityCodes } from '../model/entity-type.ts'
import type { Database } from './database.ts'
import type { Writer } from './record-batch.ts'
import { readInIndexOrder } from './transaction.ts'

export interface DeletionScope {
  /** Records stamped earlier were outside the window, or too near its edge to tell; null: all were inside. */
  stampedFrom: Date | null
  /** Records written under a later change number came while the run read: it cannot say that they are gone. */
  writtenUpTo: bigint
}

/** All live records of an entity, whenever they came. */
export const everyRecord: DeletionScope = { stampedFrom: null, writtenUpTo: 2n ** 63n - 1n }

export interface Candidate {
  externalId: string
  changeSeq: bigint
}

const inScope = `connection_key = $1 AND entity = $2 AND deleted_at IS NULL
  AND ($3::timestamptz IS NULL OR COALESCE(source_updated_at, source_created_at, $3) >= $3)`

/** Live records that were in the window when the run started, in pages by key. */
export async function deletionCandidates(
  db: Database,
  writer: Writer,
  scope: DeletionScope,
  page: { after: string; limit: number },
): Promise<Candidate[]> {
  const { rows } = await readInIndexOrder(db.pool, (client) =>
    client.query<{ externalId: string; changeSeq: string }>(
      `SELECT external_id AS "externalId", change_seq AS "changeSeq" FROM record
       WHERE ${inScope} AND change_seq <= $4 AND external_id > $5 ORDER BY external_id LIMIT $6`,
      [
        writer.connectionKey,
        entityCodes[writer.entity],
        scope.stampedFrom,
        scope.writtenUpTo.toString(),
        page.after,
        page.limit,
      ],
    ),
  )
  return rows.map((row) => ({ externalId: row.externalId, changeSeq: BigInt(row.changeSeq) }))
}

/**
 * How many of the records that were there when the run started the window holds: what the guard's share is taken of. Records that the run itself
 * has brought do not count: a source that has numbered all its records anew has lost all of them.
 */
export async function countInScope(db: Database, writer: Writer, scope: DeletionScope): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM record WHERE ${inScope} AND created_seq <= $4`,
    [writer.connectionKey, entityCodes[writer.entity], scope.stampedFrom, scope.writtenUpTo.toString()],
  )
  return rows[0]?.n ?? 0
}
