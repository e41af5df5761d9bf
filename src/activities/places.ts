/** Entities that a worker reads at once: what they hold in memory is bounded by it. */
const placesOfWorker = 20
/** Readers that wait for their source's limiter hold next to nothing, but a connection to it and a call of Temporal's. */
const mostAside = 80
/** How long a reader keeps a place that may be wanted, and how long it keeps any. */
const turnMs = 10_000
const longestTurnMs = 10 * 60_000

export interface PlaceLimits {
  places: number
  turnMs: number
}

/**
 * The places for reading in one worker. A reader that waits for its source's limiter stands aside, and its place is another's; where all places are
 * taken, one reader after the other that has had its turn returns and comes back behind those who wait. So neither slow sources nor huge syncs keep
 * other connections from being read.
 */
export interface Places {
  /** Resolves when one more entity may be read. Rejects with the signal's reason. */
  reserve(signal: AbortSignal): Promise<void>
  tryReserve(): boolean
  /** Gives back what was reserved. */
  free(): void
  /** A reading begins in a place that was reserved for it. */
  begin(): Turn
}

export interface Turn {
  /** Whether to return and to come back later. To be asked when something was achieved that the next call goes on from. */
  isOver(): boolean
  /** The reader waits and holds nothing, until the answer is called. */
  standAside(): () => void
  end(): void
}

export function createPlaces(limits: PlaceLimits = { places: placesOfWorker, turnMs }): Places {
  const waiting = new Set<() => void>()
  let reserved = 0
  let reading = 0
  let aside = 0
  let nextOverAt = 0

  const isFree = () => reserved < limits.places + Math.min(aside, mostAside)

  function admit() {
    for (const wake of waiting) if (isFree()) wake()
  }

  /** One at a time: they began together, and are not to leave together. */
  function isWanted(now: number): boolean {
    if (reading - aside < limits.places || now < nextOverAt) return false
    nextOverAt = now + limits.turnMs / limits.places
    return true
  }

  return {
    async reserve(signal) {
      signal.throwIfAborted()
      if (isFree()) {
        reserved += 1
        return
      }
      await new Promise<void>((resolve, reject) => {
        const settle = (end: () => void) => {
          waiting.delete(wake)
          signal.removeEventListener('abort', aborted)
          end()
        }
        const wake = () => {
          reserved += 1
          settle(resolve)
        }
        const aborted = () => settle(() => reject(signal.reason))
        waiting.add(wake)
        signal.addEventListener('abort', aborted, { once: true })
      })
    },

    tryReserve() {
      if (!isFree()) return false
      reserved += 1
      return true
    },

    free() {
      reserved -= 1
      admit()
    },

    begin() {
      const since = performance.now()
      reading += 1
      return {
        isOver() {
          const now = performance.now()
          const lasted = now - since
          return lasted >= longestTurnMs || (lasted >= limits.turnMs && isWanted(now))
        },
        standAside() {
          aside += 1
          admit()
          return () => {
            aside -= 1
          }
        },
        end() {
          reading -= 1
        },
      }
    },
  }
}
