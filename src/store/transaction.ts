import type pg from 'pg'
import { takeUntold } from './announce.ts'
import { commit } from './commit.ts'
import type { Database } from './database.ts'
import { isReadOnly, isTransient, StoreBusy, StoreError } from './errors.ts'

/**
 * READ COMMITTED. Rolls back on any throw; deadlocks, lock time-outs and lost connections come out as StoreBusy. What its statements have to announce is announced
 * with the commit.
 */
export async function transaction<T>(
  { pool, onError }: Database,
  work: (client: pg.PoolClient) => Promise<T>,
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
    await client.query('BEGIN')
    const result = await work(client)
    await commit(client, onError)
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
