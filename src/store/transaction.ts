import type pg from 'pg'
import { takeUntold } from './announce.ts'
import { commit } from './commit.ts'
import type { Database } from './database.ts'
import { isReadOnly, isTransient, StoreBusy, StoreError } from './errors.ts'

type Work<T> = (client: pg.PoolClient) => Promise<T>

/**
 * READ COMMITTED. Rolls back on any throw; deadlocks, lock time-outs and lost connections come out as StoreBusy. What its statements have to announce is announced
 * with the commit.
 */
export const transaction = <T>({ pool, onError }: Database, work: Work<T>): Promise<T> =>
  within(pool, { begin: 'BEGIN', end: (client) => commit(client, onError) }, work)

/**
 * For the rest of a transaction, rows that a statement wants in the order of an index are taken from that index. Where the planner knows nothing of a
 * connection's rows, as before the next ANALYZE of their partition, it believes that there is one, and would walk all of them in another index to sort
 * that "one": once for each key of a batch, or for each page. See docs/decisions/0007.
 */
export const inIndexOrder = 'SET LOCAL enable_sort = off'

/** Statements that only read, in the order of an index. */
export const readInIndexOrder = <T>(pool: pg.Pool, read: Work<T>): Promise<T> =>
  within(pool, { begin: `BEGIN READ ONLY; ${inIndexOrder}`, end: (client) => client.query('ROLLBACK') }, read)

async function within<T>(
  pool: pg.Pool,
  { begin, end }: { begin: string; end: (client: pg.PoolClient) => Promise<unknown> },
  work: Work<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw isTransient(error) ? new StoreBusy('PostgreSQL is not reachable', error) : error
  })
  let broken = false
  // a checked-out connection that PostgreSQL closes tells it by an event that would otherwise end the process
  const onLost = () => {
    broken = true
  }
  client.on('error', onLost)
  try {
    // of one before that was rolled back
    takeUntold(client)
    await client.query(begin)
    const result = await work(client)
    await end(client)
    return result
  } catch (error) {
    // a connection that cannot even roll back must not go back to the pool
    await client.query('ROLLBACK').catch(() => {
      broken = true
    })
    if (isReadOnly(error)) broken = true
    if (!(error instanceof StoreError) && isTransient(error)) throw new StoreBusy('PostgreSQL did not commit', error)
    throw error
  } finally {
    client.off('error', onLost)
    client.release(broken)
  }
}
