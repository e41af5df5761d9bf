import pg from 'pg'
import type { Database } from './database.ts'
import { isLockTimeout, StoreError } from './errors.ts'
import { partitionOf } from './record-partition.ts'

/** PostgreSQL has said why it did not do as it was told, or not all of it. */
export class PartitionUnsettled extends StoreError {
  readonly retry = 'terminal'
}

export const settlingApplication = 'syncline-settling'

/** An entity run that has written fewer records is not worth a look; what many such have written, autovacuum finds. */
const fewestWritten = 1_000
/** 8 MB of records, and a tenth of the partition, as autovacuum waits for before it analyzes: a sample of a large partition costs as much as a small load. */
const fewestPages = 1_000
const smallestShare = 0.1
/** What is done by then is done; the rest is autovacuum's. */
const longestMs = 10 * 60_000
const answerMs = longestMs + 30_000
/** A line that is silent for minutes must not be forgotten by what lies between. */
const keepAliveSeconds = 10

/**
 * The partition that an entity run has loaded, if much of it has been written since it was last vacuumed, by whatever run: of many small ones that end
 * together, one finds it so, and the next ones do not. `stuck`: the pages of each that its last VACUUM could not settle, as somebody still sees what was before.
 */
export async function loadedPartition(
  db: Database,
  entityRunId: string,
  stuck: ReadonlyMap<string, number> = new Map(),
): Promise<string | null> {
  const { rows } = await db.pool.query<{ key: number }>(
    `SELECT c.key FROM entity_run e JOIN connection c ON c.id = e.connection_id
     WHERE e.id = $1 AND e.created + e.updated >= $2`,
    [entityRunId, fewestWritten],
  )
  const [run] = rows
  if (!run) return null
  const partition = await partitionOf(db.pool, run.key)
  const { all, unsettled } = await pagesOf(db, partition)
  const written = unsettled - (stuck.get(partition) ?? 0)
  return written >= fewestPages && written >= all * smallestShare ? partition : null
}

export async function pagesOf(db: Database, partition: string): Promise<{ all: number; unsettled: number }> {
  const { rows } = await db.pool.query<{ all: number; settled: number }>(
    `SELECT (pg_relation_size(oid) / current_setting('block_size')::int)::float8 AS all, relallvisible AS settled
     FROM pg_class WHERE oid = $1::regclass`,
    [partition],
  )
  const { all = 0, settled = 0 } = rows[0] ?? {}
  return { all, unsettled: all - settled }
}

/**
 * Notes on the pages of a partition that their rows are committed, and what its values are like. Reading and writing go on meanwhile. Where somebody else is
 * at it, nothing is done: it never waits for a lock. Ends at the signal. Throws PartitionUnsettled where PostgreSQL refuses.
 */
export async function settlePartition(db: Database, partition: string, signal?: AbortSignal): Promise<void> {
  const client = new pg.Client({
    connectionString: db.url,
    application_name: settlingApplication,
    connectionTimeoutMillis: 10_000,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveSeconds * 1_000,
    options: `-c statement_timeout=${longestMs} -c lock_timeout=1s -c tcp_keepalives_idle=${keepAliveSeconds}`,
  })
  client.on('error', () => {}) // the statement fails with it
  const warnings: string[] = []
  client.on('notice', ({ code, message }) => {
    if (code?.startsWith('01') && message) warnings.push(message)
  })
  // PostgreSQL would not notice before its end that nobody waits for it any more
  const cancel = () => {
    db.pool
      .query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND application_name = $2`, [
        pidOf(client),
        settlingApplication,
      ])
      .catch(() => {}) // it ends by itself
  }
  try {
    await client.connect()
    signal?.throwIfAborted()
    signal?.addEventListener('abort', cancel, { once: true })
    // TRUNCATE would take a lock that stands against readers; workers beside this one would take cores from those who load
    await client.query(`VACUUM (SKIP_LOCKED, ANALYZE, TRUNCATE false, PARALLEL 0) ${partition}`)
  } catch (error) {
    // of an index that somebody rebuilds: it is left to them as well
    if (!isLockTimeout(error)) throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    client.end().catch(() => {}) // it is of no more use
  }
  if (warnings.length > 0) throw new PartitionUnsettled(`PostgreSQL, of ${partition}: ${warnings.join('; ')}`)
}

/** The process that serves the connection; pg's types leave it out. */
const pidOf = (client: pg.Client) => (client as pg.Client & { processID: number | null }).processID
