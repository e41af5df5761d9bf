import type pg from 'pg'

/** A pool that keeps what is asked through it. */
export function countedPool(pool: pg.Pool) {
  const texts: string[] = []
  const asked: { text: string; values: readonly unknown[] }[] = []
  const counted = new Proxy(pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        const [query, beside = []] = given as [string | { text: string; values?: unknown[] }, unknown[]?]
        const { text, values = beside } = typeof query === 'string' ? { text: query } : query
        if (name === 'query') {
          texts.push(text)
          asked.push({ text, values })
        }
        return value.apply(target, given)
      }
    },
  })
  return { pool: counted, texts, asked, reads: () => texts.filter((text) => text.includes('FROM event')).length }
}
