import { useCallback, useState } from 'react'
import type { SyncEvent } from '../api/follow.ts'
import { useEvents } from '../api/live.tsx'
import type { ConnectionRowFragment } from '../generated/documents.ts'

export interface Reading {
  syncRunId: string
  fetched: number
  /** Null where the source does not count. */
  total: number | null
}

/** What is being read now, by connection and entity. */
type Activity = ReadonlyMap<string, ReadonlyMap<string, Reading>>

/** The readings under way: as the list was read, and what the events have told since. */
export function useActivity() {
  const [told, setTold] = useState<Activity>(new Map())
  useEvents(
    (events) => setTold((before) => events.reduce(apply, before)),
    // the list is read anew, and says it
    () => setTold(new Map()),
  )
  return useCallback(
    ({ id, entities }: ConnectionRowFragment): Reading[] => {
      const events = told.get(id)
      return entities.flatMap(({ entity, currentRun }) => {
        const newer = events?.get(entity)
        if (newer) return newer.fetched < 0 ? [] : [newer]
        if (currentRun?.status !== 'RUNNING') return []
        const { syncRunId, counts, estimatedTotal } = currentRun
        return [{ syncRunId, fetched: counts.fetched, total: estimatedTotal }]
      })
    },
    [told],
  )
}

/** Newer than a row that was read while it ran, which would say that it still does. */
const ended: Reading = { syncRunId: '', fetched: -1, total: null }

function apply(
  activity: Activity,
  { type, connectionId, syncRunId, entity, counts, estimatedTotal }: SyncEvent,
): Activity {
  if (entity === null || syncRunId === null) return activity
  const before = activity.get(connectionId)
  const known = before?.get(entity)
  let reading: Reading
  if (type === 'ENTITY_FINISHED') reading = ended
  else if (type === 'ENTITY_STARTED' || type === 'ENTITY_PROGRESS') {
    const sameRun = known?.syncRunId === syncRunId ? known : undefined
    const total = estimatedTotal ?? sameRun?.total ?? null
    reading = { syncRunId, fetched: counts?.fetched ?? sameRun?.fetched ?? 0, total }
  } else return activity
  return new Map(activity).set(connectionId, new Map(before).set(entity, reading))
}
