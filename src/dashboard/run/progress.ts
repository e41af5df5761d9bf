import type { SyncEvent } from '../api/follow.ts'
import type { EntityRunDetailsFragment, EntityType, SyncStatus } from '../generated/documents.ts'
import { hasEnded } from '../ui/sync-stages.ts'

export type Counts = EntityRunDetailsFragment['counts']

/** How far an entity is, as its last event told. */
export interface EntityProgress {
  /** Null before the first that were told. */
  counts: Counts | null
  total: number | null
  status: SyncStatus | null
  /** Why it is tried again; null: it goes on; undefined: that was not told since the stream stands. */
  retrying: string | null | undefined
  /** Records received by moments of the last seconds. */
  samples: readonly Sample[]
}

export interface Sample {
  at: number
  fetched: number
}

export type RunProgress = ReadonlyMap<EntityType, EntityProgress>

const rateOverMs = 12_000

export function progressAfter(before: RunProgress, events: readonly SyncEvent[]): RunProgress {
  const next = new Map(before)
  for (const event of events) {
    const { entity, counts, estimatedTotal, status, type, message, at } = event
    if (entity === null) continue
    const known = next.get(entity)
    const now = counts ?? known?.counts
    next.set(entity, {
      counts: now ?? null,
      total: estimatedTotal ?? known?.total ?? null,
      status: status ?? known?.status ?? null,
      retrying: type === 'ENTITY_RETRYING' ? (message ?? '') : null,
      samples: now ? sampled(known?.samples ?? [], { at: Date.parse(at), fetched: now.fetched }) : [],
    })
  }
  return next
}

/** The stream begins anew: an entity may have failed since, or gone on. */
export const liveAgain = (before: RunProgress): RunProgress =>
  new Map([...before].map(([entity, told]) => [entity, { ...told, retrying: undefined }]))

/** As they were read, or as they were told, whichever is further. */
export function newestCounts(
  { status, counts }: Pick<EntityRunDetailsFragment, 'status' | 'counts'>,
  told?: Counts | null,
) {
  return !hasEnded(status) && told && told.fetched >= counts.fetched ? told : counts
}

function sampled(samples: readonly Sample[], newest: Sample): readonly Sample[] {
  return [...samples.filter(({ at }) => newest.at - at <= rateOverMs), newest]
}

/** Records a second over the last seconds; null before two events have told it, and when they are long past. */
export function rateOf(samples: readonly Sample[], now: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || last.at === first.at || now - last.at > rateOverMs) return null
  return ((last.fetched - first.fetched) * 1_000) / (last.at - first.at)
}

/** Milliseconds; null where it cannot be told. */
export function timeLeft(fetched: number, total: number | null, rate: number | null): number | null {
  if (total === null || rate === null || rate < 1) return null
  return Math.max(0, ((total - fetched) / rate) * 1_000)
}
