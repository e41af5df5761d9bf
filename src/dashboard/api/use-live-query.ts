import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import type { SyncEvent } from './follow.ts'
import { useEvents } from './live.tsx'

export interface LiveQuery<D> {
  /** The newest that was read, also when reading it again has failed. */
  data: D | undefined
  error: CombinedError | undefined
  /** Nothing to show yet. */
  loading: boolean
  /** What is shown is of other variables, and is being replaced. */
  outdated: boolean
  refresh: () => void
}

export interface LiveQueryOptions<D, V extends AnyVariables> {
  query: TypedDocumentNode<D, V>
  variables: V
  /** Whether an event changes the answer. Absent: none does. */
  changes?: (event: SyncEvent) => boolean
  pause?: boolean
  /** The least time between two questions. */
  everyMs?: number
}

/** A query that is asked again when something happens to what it shows, without the page losing what it shows. */
export function useLiveQuery<D, V extends AnyVariables>({
  query,
  variables,
  changes = () => false,
  pause = false,
  everyMs = 1_200,
}: LiveQueryOptions<D, V>): LiveQuery<D> {
  const [{ data, error, fetching, operation }, execute] = useQuery({ query, variables, pause })
  const [kept, setKept] = useState<{ data: D; of: string } | null>(null)
  if (data !== undefined && kept?.data !== data)
    setKept({ data, of: JSON.stringify(operation?.variables ?? variables) })

  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const readAt = useRef(0)
  const refresh = useCallback(() => {
    readAt.current = Date.now()
    execute({ requestPolicy: 'network-only' })
  }, [execute])
  const refreshSoon = useCallback(() => {
    waiting.current ??= setTimeout(
      () => {
        waiting.current = undefined
        refresh()
      },
      Math.max(150, readAt.current + everyMs - Date.now()),
    )
  }, [refresh, everyMs])
  useEffect(
    () => () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
    },
    [refreshSoon],
  )
  useEvents((events) => {
    if (!pause && events.some(changes)) refreshSoon()
  }, refreshSoon)

  const shown = data ?? kept?.data
  return {
    data: shown,
    error: fetching ? undefined : error,
    loading: shown === undefined && (fetching || pause),
    outdated: kept !== null && kept.of !== JSON.stringify(variables),
    refresh,
  }
}
