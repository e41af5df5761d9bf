import { useCallback, useEffect, useState } from 'react'
import { follow, type SyncEvent } from '../api/follow.ts'
import { useLive } from '../api/live.tsx'
import { useLiveQuery } from '../api/use-live-query.ts'
import { RunDocument, RunEventsDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { applyEvents, type RunProgress } from './progress.ts'

/**
 * A run as it was read, and every event of it since: from the sequence of the reading on, over any number of breaks, until the server says that
 * there is nothing more.
 */
export function useRun(id: string) {
  const { socket } = useLive()
  const { may, end } = useSession()
  const query = useLiveQuery({
    query: RunDocument,
    variables: { id, withConnection: may('CONNECTIONS_READ') },
    changes: (event) => event.syncRunId === id,
  })
  const [progress, setProgress] = useState<RunProgress>(new Map())
  const [events, setEvents] = useState<readonly SyncEvent[]>([])
  const { refresh } = query
  const handle = useCallback(
    (told: SyncEvent[]) => {
      setProgress((before) => applyEvents(before, told))
      const milestones = told.filter(({ type }) => type !== 'ENTITY_PROGRESS')
      if (milestones.length === 0) return
      setEvents((before) => [...before, ...milestones])
      refresh()
    },
    [refresh],
  )

  const read = query.data?.syncRun
  // of the first reading: what is read later lies behind events that are on their way
  const [after, setAfter] = useState<string | null>(null)
  if (read && after === null) setAfter(read.lastSequence)
  useEffect(() => {
    if (after === null) return undefined
    return follow({
      socket,
      document: RunEventsDocument,
      variables: { syncRunId: id },
      after,
      onEvents: handle,
      onUnauthenticated: end,
    })
  }, [socket, id, after, handle, end])

  return { query, progress, events }
}
