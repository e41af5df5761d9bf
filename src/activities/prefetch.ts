export interface PrefetchLimits<T> {
  /** Most items ahead of the consumer. */
  depth: number
  /** What an item weighs, and the most that those ahead may weigh together, judged by the last one; one is fetched ahead in any case. */
  weigh?(item: T): number
  mostWeight?: number
}

/**
 * Pulls items ahead of the consumer, so that the source is read while a batch is written. Leaving the loop early ends the source's
 * iterator.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, limits: PrefetchLimits<T>): AsyncGenerator<T> {
  const { depth, weigh = () => 0, mostWeight = Infinity } = limits
  const iterator = source[Symbol.asyncIterator]()
  const ahead: Promise<IteratorResult<T>>[] = []
  // the first shows what the others are likely to weigh
  let weight = limits.weigh ? mostWeight : 0
  const pull = () => {
    const next = iterator.next()
    next.catch(() => {}) // thrown where it is awaited; an early leave must not make it an unhandled rejection
    ahead.push(next)
  }
  const fill = () => {
    while (ahead.length === 0 || (ahead.length < depth && (ahead.length + 1) * weight <= mostWeight)) pull()
  }
  try {
    fill()
    for (let next = ahead.shift(); next; next = ahead.shift()) {
      const result = await next
      if (result.done) return
      weight = weigh(result.value)
      fill()
      yield result.value
    }
  } finally {
    // not awaited: it settles when the request under way does, and the consumer has aborted that
    void iterator.return?.().catch(() => {})
  }
}
