import { useState } from 'react'
import type { SyncEvent } from '../api/follow.ts'
import type { EntityType, RunDetailsFragment } from '../generated/documents.ts'
import type { RunProgress } from './progress.ts'
import { type Retry, retryOf, type RunError } from './retry.ts'

/** By entity, those that are being tried again and have not gone on since. An error that was told once is kept: an attempt takes it away. */
export function useRetries(
  run: RunDetailsFragment | null | undefined,
  progress: RunProgress,
  newest: readonly SyncEvent[],
): ReadonlyMap<EntityType, Retry> {
  const [errors, setErrors] = useState<ReadonlyMap<EntityType, RunError>>(new Map())
  const entities = run?.entities ?? []
  const news = entities.flatMap(({ entity, error }): [EntityType, RunError][] =>
    error && !isSame(error, errors.get(entity)) ? [[entity, error]] : [],
  )
  if (news.length > 0) setErrors(new Map([...errors, ...news]))

  return new Map(
    entities.flatMap((entityRun): [EntityType, Retry][] => {
      const { entity } = entityRun
      const retry = retryOf(entityRun, progress.get(entity), newest, errors.get(entity))
      return retry ? [[entity, retry]] : []
    }),
  )
}

const isSame = (one: RunError, other: RunError | undefined) =>
  one.category === other?.category && one.message === other.message
