/**
 * Pulls up to `depth` items ahead of the consumer, so that the source is read while a batch is written. Leaving the loop
 * early ends the source's iterator.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, depth: number): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  const ahead: Promise<IteratorResult<T>>[] = []
  const pull = () => {
    const next = iterator.next()
    next.catch(() => {}) // thrown where it is awaited; an early leave must not make it an unhandled rejection
    ahead.push(next)
  }
  try {
    for (let i = 0; i < depth; i++) pull()
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      const result = await next
      if (result.done) return
      pull()
      yield result.value
    }
  } finally {
    // not awaited: it settles when the request under way does, and the consumer has aborted that
    void iterator.return?.().catch(() => {})
  }
}
