import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'

export interface TransactionHooks {
  /** May throw: then no transaction begins. */
  beforeBegin(): Promise<void>
  /** lose: the connection breaks and nothing is committed; hide: it is committed, and the connection breaks before the answer. */
  beforeCommit(): Promise<'commit' | 'lose' | 'hide'>
  afterCommit(): Promise<void>
}

export const connectionLost = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' })

/** The database with hooks around every transaction of src/store/transaction.ts. */
export function breakable(db: Database, hooks: TransactionHooks): Database {
  async function commit(client: pg.PoolClient) {
    const verdict = await hooks.beforeCommit()
    if (verdict === 'lose') {
      await client.query('ROLLBACK')
      throw connectionLost()
    }
    const result = await client.query('COMMIT')
    await hooks.afterCommit()
    if (verdict === 'hide') throw connectionLost()
    return result
  }

  const pool = override(db.pool, {
    async connect() {
      await hooks.beforeBegin()
      const client = await db.pool.connect()
      return override(client, {
        query(this: void, ...args: unknown[]) {
          if (args[0] === 'COMMIT') return commit(client)
          return Reflect.apply(client.query, client, args) as unknown // whatever pg answers to these arguments
        },
      })
    },
  })
  return { ...db, pool }
}

/** The object with some methods replaced; the others run on the object itself. */
function override<T extends object>(target: T, methods: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(methods, name)) return methods[name as keyof T] // it has it
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
