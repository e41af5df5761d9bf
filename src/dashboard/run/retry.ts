import type { SyncEvent } from '../api/follow.ts'
import type { EntityRunDetailsFragment, SyncErrorCategory } from '../generated/documents.ts'
import { hasEnded } from '../ui/sync-stages.ts'
import { type EntityProgress, newestCounts } from './progress.ts'

/** Why an entity is being tried again. */
export interface Retry {
  message: string
  /** Null while no answer has told it. */
  category: SyncErrorCategory | null
}

export type RunError = NonNullable<EntityRunDetailsFragment['error']>

/**
 * Null: it is not being tried again, or has gone on since. What is stored says why between two attempts alone, an event to those who were there: during
 * an attempt the last word is in what has happened. `newest`: the newest of it, newest first; `lastError`: the last that an answer has told.
 */
export function retryOf(
  entityRun: Pick<EntityRunDetailsFragment, 'entity' | 'status' | 'counts' | 'error'>,
  told: EntityProgress | undefined,
  newest: readonly SyncEvent[],
  lastError: RunError | undefined,
): Retry | null {
  if (hasEnded(entityRun.status)) return null
  const { error } = entityRun
  const message =
    told?.retrying ?? error?.message ?? (told?.retrying === null ? null : lastRetry(entityRun, told, newest))
  if (message === null) return null
  // the message of an attempt ends with that of the failure before it
  return { message, category: lastError && message.endsWith(lastError.message) ? lastError.category : null }
}

/** Where something was read since, it goes on. */
function lastRetry(
  entityRun: Pick<EntityRunDetailsFragment, 'entity' | 'status' | 'counts'>,
  told: EntityProgress | undefined,
  newest: readonly SyncEvent[],
): string | null {
  const last = newest.find(({ entity }) => entity === entityRun.entity)
  if (last?.type !== 'ENTITY_RETRYING') return null
  return newestCounts(entityRun, told?.counts).fetched > (last.counts?.fetched ?? 0) ? null : last.message
}
