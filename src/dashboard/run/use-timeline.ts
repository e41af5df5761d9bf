import { useState } from 'react'
import type { SyncEvent } from '../api/follow.ts'
import { useLiveQuery } from '../api/use-live-query.ts'
import { RunTimelineDocument, type RunTimelineQuery } from '../generated/documents.ts'

const eventsOfPage = 200

/** What has happened in a run, newest first; progress apart. Read again whenever more has: nothing is missed, whatever broke meanwhile. */
export function useTimeline(syncRunId: string) {
  const [before, setBefore] = useState<string | null>(null)
  const page = { id: syncRunId, last: eventsOfPage }
  // read on also while an earlier page is shown: it says why an entity is tried again
  const newest = useLiveQuery({
    query: RunTimelineDocument,
    variables: { ...page, before: null },
    changes: (event) => event.syncRunId === syncRunId && event.type !== 'ENTITY_PROGRESS',
  })
  const earlier = useLiveQuery({ query: RunTimelineDocument, variables: { ...page, before }, pause: before === null })
  const query = before === null ? newest : earlier.loading ? { ...newest, outdated: true } : earlier

  const events = eventsIn(query.data)
  const oldest = events[0]?.sequence
  return {
    query,
    newestFirst: events.toReversed(),
    /** The newest page, whichever is shown. */
    newest: eventsIn(newest.data).toReversed(),
    /** Not from a page that is just being replaced: what lies between the two would be skipped. */
    toEarlier:
      !query.outdated && events.length === eventsOfPage && oldest !== undefined ? () => setBefore(oldest) : null,
    toNewest: before === null ? null : () => setBefore(null),
  }
}

const eventsIn = (answer: RunTimelineQuery | undefined): readonly SyncEvent[] => answer?.syncRun?.events ?? []
