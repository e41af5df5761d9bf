import pg from 'pg'
import type { Database } from './database.ts'
import { StoreError } from './errors.ts'
import { partitionOf } from './record-partition.ts'

/** PostgreSQL has said why it did not do as it was told, or not all of it. */
export class PartitionUnsettled extends StoreError {
  readonly retry = 'terminal'
}

/** An entity run that has brought fewer records is not worth a look; what many such have brought, autovacuum finds. */
const fewestCreated = 1_000
/** 8 MB of records, and a tenth of the partition, as autovacuum waits for before it analyzes: a sample of a large partition costs as much as a small load. */
const fewestPages = 1_000
const smallestShare = 0.1
/** What is done by then is done; the rest is autovacuum's. */
const longestMs = 10 * 60_000

const lockNotAvailable = '55P03'

/**
 * The partition that an entity run has loaded, if much of it has been written since it was last vacuumed, by whatever run: of many small ones that end
 * together, one finds it so, and the next ones do not.
 */
export async function loadedPartition(db: Database, entityRunId: string): Promise<string | null> {
  const { rows } = await db.pool.query<{ key: number }>(
    'SELECT c.key FROM entity_run e JOIN connection c ON c.id = e.connection_id WHERE e.id = $1 AND e.created >= $2',
    [entityRunId, fewestCreated],
  )
  const [run] = rows
  if (!run) return null
  const partition = await partitionOf(db.pool, run.key)
  const { rows: sizes } = await db.pool.query<{ pages: number; settled: number }>(
    `SELECT (pg_relation_size(oid) / current_setting('block_size')::int)::float8 AS pages, relallvisible AS settled
     FROM pg_class WHERE oid = $1::regclass`,
    [partition],
  )
  const { pages = 0, settled = 0 } = sizes[0] ?? {}
  const written = pages - settled
  return written >= fewestPages && written >= pages * smallestShare ? partition : null
}

/**
 * Notes on the pages of a partition that their rows are committed, and what its values are like. Reading and writing go on meanwhile. Where somebody else is
 * at it, nothing is done: it never waits for a lock. Throws PartitionUnsettled where PostgreSQL refuses.
 */
export async function settlePartition(db: Database, partition: string): Promise<void> {
  const client = new pg.Client({
    connectionString: db.url,
    application_name: 'syncline-settling',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: `-c statement_timeout=${longestMs} -c lock_timeout=1s`,
  })
  client.on('error', () => {}) // the statement fails with it
  const warnings: string[] = []
  client.on('notice', ({ code, severity, message }) => {
    if (severity === 'WARNING' && code !== lockNotAvailable && message) warnings.push(message)
  })
  try {
    await client.connect()
    // TRUNCATE would take a lock that stands against readers; workers beside this one would take cores from those who load
    await client.query(`VACUUM (SKIP_LOCKED, ANALYZE, TRUNCATE false, PARALLEL 0) ${partition}`)
  } finally {
    client.end().catch(() => {}) // it is of no more use
  }
  if (warnings.length > 0) throw new PartitionUnsettled(`PostgreSQL, of ${partition}: ${warnings.join('; ')}`)
}
