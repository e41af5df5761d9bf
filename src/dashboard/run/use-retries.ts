import { useState } from 'react'
import type { SyncEvent } from '../api/follow.ts'
import type { EntityType, RunDetailsFragment, SyncErrorCategory } from '../generated/documents.ts'
import { hasEnded } from '../ui/sync-stages.ts'
import type { RunProgress } from './progress.ts'

/** Why an entity is being tried again. */
export interface Retry {
  message: string
  /** Null while no answer has told it. */
  category: SyncErrorCategory | null
}

/**
 * By entity, those that are being tried again and have not gone on since. What is stored says why between two attempts alone, an event to those who
 * were there: during an attempt the last word is in what has happened.
 */
export function useRetries(
  run: RunDetailsFragment | null | undefined,
  progress: RunProgress,
  newestFirst: readonly SyncEvent[],
): ReadonlyMap<EntityType, Retry> {
  const [categories, setCategories] = useState<ReadonlyMap<EntityType, SyncErrorCategory>>(new Map())
  const entities = run?.entities ?? []
  const news = entities.flatMap(({ entity, error }): [EntityType, SyncErrorCategory][] =>
    error && categories.get(entity) !== error.category ? [[entity, error.category]] : [],
  )
  if (news.length > 0) setCategories(new Map([...categories, ...news]))

  return new Map(
    entities.flatMap(({ entity, status, error }): [EntityType, Retry][] => {
      if (hasEnded(status)) return []
      const told = progress.get(entity)
      const message = told?.retrying ?? error?.message ?? (told ? null : lastRetry(entity, newestFirst))
      return message === null ? [] : [[entity, { message, category: categories.get(entity) ?? null }]]
    }),
  )
}

function lastRetry(entity: EntityType, newestFirst: readonly SyncEvent[]): string | null {
  const last = newestFirst.find((event) => event.entity === entity)
  return last?.type === 'ENTITY_RETRYING' ? last.message : null
}
