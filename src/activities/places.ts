import { createQueue } from '../queue.ts'

/** Entities that a worker reads at once. */
const placesOfWorker = 20
/** Readers of one worker that wait for their source's limiter, to each place: they hold next to nothing, but a connection to it and a call of Temporal's. */
const asidePerPlace = 4
/** Readers that come back meet others in their places. What all hold in memory is bounded by how many read at once to each place. */
const readingPerPlace = 2
/** How long a reader keeps a place that may be wanted, and how long it keeps any. */
const turnOfReaderMs = 10_000
const longestTurnMs = 10 * 60_000

export interface PlaceLimits {
  places: number
  turnMs: number
}

/**
 * The places for reading in one worker. A reader that waits for its source's limiter stands aside, and its place is another's; where all places are
 * taken, or as many stand aside as may, one reader after the other that has had its turn returns and comes back behind those who wait. So neither slow
 * sources nor huge syncs keep other connections from being read.
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
  /** The reader waits and holds nothing, until it comes back or its turn ends. */
  standAside(): ComeBack
  end(): void
}

/** Resolves when the reader may read on. Rejects with the signal's reason: then it still stands aside. */
export type ComeBack = (signal: AbortSignal) => Promise<void>

export function createPlaces(
  { places, turnMs }: PlaceLimits = { places: placesOfWorker, turnMs: turnOfReaderMs },
): Places {
  const mostAside = asidePerPlace * places
  let reserved = 0
  let begun = 0
  let aside = 0
  let nextOverAt = 0

  const isFree = () => reserved - aside < places && reserved < places + mostAside
  const reserving = createQueue(isFree)
  const returning = createQueue(() => reserved - aside < readingPerPlace * places)

  function admit() {
    returning.admit()
    reserving.admit()
  }

  const reserveOne = () => {
    reserved += 1
  }

  /** One at a time: they began together, and are not to leave together. */
  function isWanted(now: number): boolean {
    const allTaken = begun - aside >= places || begun >= places + mostAside
    if (!allTaken || now < nextOverAt) return false
    nextOverAt = now + turnMs / places
    return true
  }

  return {
    reserve: (signal) => reserving.enter(reserveOne, signal),

    tryReserve() {
      if (!isFree()) return false
      reserveOne()
      return true
    },

    free() {
      reserved -= 1
      admit()
    },

    begin() {
      const since = performance.now()
      let isAside = false
      let hasEnded = false
      begun += 1
      const sitDown = () => {
        if (isAside) aside -= 1
        isAside = false
      }
      return {
        isOver() {
          const now = performance.now()
          const lasted = now - since
          return lasted >= longestTurnMs || (lasted >= turnMs && isWanted(now))
        },
        standAside() {
          // a request that outlives its reader may wait still
          if (!isAside && !hasEnded) {
            isAside = true
            aside += 1
            admit()
          }
          return (signal) => returning.enter(sitDown, signal)
        },
        end() {
          sitDown()
          hasEnded = true
          begun -= 1
        },
      }
    },
  }
}
