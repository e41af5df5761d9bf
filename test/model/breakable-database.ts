import { hash } from 'node:crypto'
import pg from 'pg'
import type { Database } from '../../src/store/database.ts'

export interface TransactionHooks {
  /** May throw: then no transaction begins. */
  beforeBegin(): Promise<void>
  /** lose: the connection breaks and nothing is committed; hide: it is committed, and the connection breaks before the answer. */
  beforeCommit(): Promise<'commit' | 'lose' | 'hide'>
  afterCommit(): Promise<void>
  /** A fault that is planted into the statements of transactions. */
  plant?: ((text: string) => string) | undefined
}

/** The query of src/store/commit.ts, with what pg calls. */
type Committing = pg.Query & {
  callback(error: unknown): void
  handleCommandComplete(message: { text: string }): void
}

export const connectionLost = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' })

/** The database with hooks around every transaction of src/store/transaction.ts. */
export function breakable(db: Database, hooks: TransactionHooks): Database {
  /** Nothing is announced: nobody listens. */
  async function commit(client: pg.PoolClient, query: Committing) {
    const verdict = await hooks.beforeCommit()
    if (verdict === 'lose') {
      await client.query('ROLLBACK')
      throw connectionLost()
    }
    await client.query('COMMIT')
    await hooks.afterCommit()
    if (verdict === 'hide') throw connectionLost()
    query.handleCommandComplete({ text: 'COMMIT' })
  }

  const pool = override(db.pool, {
    async connect() {
      await hooks.beforeBegin()
      const client = await db.pool.connect()
      return override(client, {
        query(this: void, ...args: unknown[]) {
          if (args[0] instanceof pg.Query) {
            const query = args[0] as Committing // the product asks no other way but for this
            commit(client, query).then(() => query.callback(null), query.callback)
            return query
          }
          const asked = hooks.plant ? planted(hooks.plant, args) : args
          return Reflect.apply(client.query, client, asked) as unknown // whatever pg answers to these arguments
        },
      })
    },
  })
  return { ...db, pool }
}

/** The statement as it would read with the fault, under a name of its own: the pool knows the healthy one by its name. */
function planted(plant: (text: string) => string, [asked, ...rest]: unknown[]): unknown[] {
  if (typeof asked === 'string') return [plant(asked), ...rest]
  if (typeof asked !== 'object' || asked === null || !('text' in asked) || typeof asked.text !== 'string')
    return [asked, ...rest]
  const text = plant(asked.text)
  return [text === asked.text ? asked : { ...asked, text, name: hash('sha1', text) }, ...rest]
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
