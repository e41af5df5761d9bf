import type pg from 'pg'
import { isReadOnly, isTransient, StoreBusy, StoreError } from './errors.ts'

/** READ COMMITTED. Rolls back on any throw; deadlocks, lock time-outs and lost connections come out as StoreBusy. */
export const transaction = <T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  within(pool, { begin: 'BEGIN', end: 'COMMIT' }, work)

/**
 * For the rest of a transaction, rows that a statement wants in the order of an index are taken from that index. Where the planner knows nothing of a
 * connection's rows, as before the next ANALYZE of their partition, it believes that there is one, and would walk all of them in another index to sort
 * that "one": once for each key of a batch, or for each page. See docs/decisions/0007.
 */
export const inIndexOrder = 'SET LOCAL enable_sort = off'

/** Statements that only read, in the order of an index. */
export const readInIndexOrder = <T>(pool: pg.Pool, read: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  within(pool, { begin: `BEGIN READ ONLY; ${inIndexOrder}`, end: 'ROLLBACK' }, read)

async function within<T>(
  pool: pg.Pool,
  { begin, end }: { begin: string; end: 'COMMIT' | 'ROLLBACK' },
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw isTransient(error) ? new StoreBusy('PostgreSQL is not reachable', error) : error
  })
  let broken = false
  // a checked-out connection that PostgreSQL closes tells it by an event that would otherwise end the process
  const onError = () => {
    broken = true
  }
  client.on('error', onError)
  try {
    await client.query(begin)
    const result = await work(client)
    await client.query(end)
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
    client.off('error', onError)
    client.release(broken)
  }
}
