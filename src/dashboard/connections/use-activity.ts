import { useCallback, useState } from 'react'
import type { SyncEvent } from '../api/follow.ts'
import { useEvents } from '../api/live.tsx'
import type { ConnectionRowFragment, EntityType } from '../generated/documents.ts'

export interface Reading {
  entity: EntityType
  syncRunId: string
  fetched: number
  /** Null where the source does not count. */
  total: number | null
}

/** What the reading of a connection's state has to say of its readings. */
interface Readable {
  id: string
  entities: readonly Pick<ConnectionRowFragment['entities'][number], 'entity' | 'currentRun'>[]
}

/** What is being read now, by connection and entity. */
type Activity = ReadonlyMap<string, ReadonlyMap<string, Reading | 'ended'>>

/** The readings under way: as the list was read, and what the events have told since. */
export function useActivity() {
  const [told, setTold] = useState<Activity>(new Map())
  useEvents(
    (events) => setTold((before) => events.reduce(apply, before)),
    // the list is read anew, and says it
    () => setTold(new Map()),
  )
  return useCallback(
    ({ id, entities }: Readable): Reading[] => {
      const events = told.get(id)
      return entities.flatMap(({ entity, currentRun }) => {
        const newer = events?.get(entity)
        // newer than a row that was read while it ran, and that says that it still does
        if (newer === 'ended') return []
        if (newer) return [newer]
        if (currentRun?.status !== 'RUNNING') return []
        const { syncRunId, counts, estimatedTotal } = currentRun
        return [{ entity, syncRunId, fetched: counts.fetched, total: estimatedTotal }]
      })
    },
    [told],
  )
}

function apply(
  activity: Activity,
  { type, connectionId, syncRunId, entity, counts, estimatedTotal }: SyncEvent,
): Activity {
  if (entity === null || syncRunId === null) return activity
  const before = activity.get(connectionId)
  const known = before?.get(entity)
  let reading: Reading | 'ended'
  if (type === 'ENTITY_FINISHED') reading = 'ended'
  else if (type === 'ENTITY_STARTED' || type === 'ENTITY_PROGRESS') {
    const sameRun = known !== undefined && known !== 'ended' && known.syncRunId === syncRunId ? known : undefined
    const total = estimatedTotal ?? sameRun?.total ?? null
    reading = { entity, syncRunId, fetched: counts?.fetched ?? sameRun?.fetched ?? 0, total }
  } else return activity
  return new Map(activity).set(connectionId, new Map(before).set(entity, reading))
}
