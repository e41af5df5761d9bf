import type pg from 'pg'

/** A pool that keeps the texts of what is asked through it. */
export function countedPool(pool: pg.Pool) {
  const texts: string[] = []
  const counted = new Proxy(pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        const [query] = given as [string | { text: string }]
        if (name === 'query') texts.push(typeof query === 'string' ? query : query.text)
        return value.apply(target, given)
      }
    },
  })
  return { pool: counted, texts, reads: () => texts.filter((text) => text.includes('FROM event')).length }
}
