import { useState } from 'react'
import { useEvents } from '../api/live.tsx'
import { useLiveQuery } from '../api/use-live-query.ts'
import { RunDocument } from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { liveAgain, progressAfter, type RunProgress } from './progress.ts'

/** What keeps a run from going on has no event. */
const waitingMs = 15_000

/** A run as it was read, and how far it is by the events since. */
export function useRun(id: string) {
  const { may } = useSession()
  const [progress, setProgress] = useState<RunProgress>(new Map())
  const query = useLiveQuery({
    query: RunDocument,
    variables: { id, withConnection: may('CONNECTIONS_READ') },
    changes: ({ syncRunId }) => syncRunId === id,
    idleMs: waitingMs,
  })
  useEvents(
    (events) => {
      const told = events.filter(({ syncRunId }) => syncRunId === id)
      if (told.length > 0) setProgress((before) => progressAfter(before, told))
    },
    // the run is read anew: it says what was not told
    () => setProgress(liveAgain),
  )
  return { query, progress }
}
