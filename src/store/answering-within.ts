import type pg from 'pg'

/**
 * The pool, for whoever must not wait for ever: a statement that is not answered in time fails as one does while PostgreSQL is away, and its connection is
 * given up. Where PostgreSQL hangs, or the way to it swallows everything, nothing else ends it for a quarter of an hour.
 */
export function answeringWithin(pool: pg.Pool, milliseconds: number): pg.Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name)
      return (asked: string | pg.QueryConfig, values?: unknown[]) =>
        target.query(answeredWithin(milliseconds, asked, values))
    },
  })
}

/** The statement, which fails when it is not answered in time. */
export function answeredWithin(milliseconds: number, asked: string | pg.QueryConfig, values?: unknown[]) {
  const statement = typeof asked === 'string' ? { text: asked } : asked
  return { ...statement, ...(values && { values }), query_timeout: milliseconds }
}
