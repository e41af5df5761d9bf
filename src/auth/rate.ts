export interface RateLimit {
  /** So many at once, and then one in each `everyMs`. */
  burst: number
  everyMs: number
  /** Keys remembered; the one that has been quiet longest is forgotten for a new one. */
  keys: number
}

/** How often something may happen for a key, counted in one process. */
export interface Rate {
  /** Seconds to wait; 0: go on, it is counted. */
  take(key: string): number
  /** Takes back what was counted for something that does not count after all. */
  giveBack(key: string): void
}

export function createRate({ burst, everyMs, keys }: RateLimit, now = () => performance.now()): Rate {
  /** When a key would have all of its burst again. */
  const rested = new Map<string, number>()
  return {
    take(key) {
      const at = now()
      const before = Math.max(rested.get(key) ?? at, at)
      const wait = before - at - (burst - 1) * everyMs
      if (wait > 0) return Math.ceil(wait / 1000)
      rested.delete(key)
      if (rested.size >= keys) rested.delete(rested.keys().next().value ?? '')
      rested.set(key, before + everyMs)
      return 0
    },
    giveBack(key) {
      const until = rested.get(key)
      if (until !== undefined) rested.set(key, until - everyMs)
    },
  }
}
