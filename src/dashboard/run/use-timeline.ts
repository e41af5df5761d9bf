import { useState } from 'react'
import { useLiveQuery } from '../api/use-live-query.ts'
import { RunTimelineDocument } from '../generated/documents.ts'

const eventsOfPage = 200

/** What has happened in a run, newest first; progress apart. Read again whenever more has: nothing is missed, whatever broke meanwhile. */
export function useTimeline(syncRunId: string) {
  const [before, setBefore] = useState<string | null>(null)
  const query = useLiveQuery({
    query: RunTimelineDocument,
    variables: { id: syncRunId, last: eventsOfPage, before },
    changes: (event) => event.syncRunId === syncRunId && event.type !== 'ENTITY_PROGRESS' && before === null,
  })
  const events = query.data?.syncRun?.events ?? []
  const oldest = events[0]?.sequence
  return {
    query,
    newestFirst: events.toReversed(),
    toEarlier: events.length === eventsOfPage && oldest !== undefined ? () => setBefore(oldest) : null,
    toNewest: before === null ? null : () => setBefore(null),
  }
}
