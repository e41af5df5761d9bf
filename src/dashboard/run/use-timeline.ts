import { useEffect, useMemo, useState } from 'react'
import { useClient } from 'urql'
import type { SyncEvent } from '../api/follow.ts'
import { useEvents } from '../api/live.tsx'
import { RunTimelineDocument } from '../generated/documents.ts'

const pageSize = 200
const mostPages = 10

/** What has happened in a run: the stored events, then those that are told while one looks. Progress apart. */
export function useTimeline(syncRunId: string, told: readonly SyncEvent[]) {
  const client = useClient()
  const [stored, setStored] = useState<readonly SyncEvent[]>([])
  const [state, setState] = useState<'reading' | 'whole' | 'cut' | 'failed'>('reading')
  const [reading, setReading] = useState(0)
  // a break may have come between the page and what it was reading
  useEvents(
    () => {},
    () => setReading((before) => before + 1),
  )

  useEffect(() => {
    let left = false
    async function read() {
      let after = '0'
      for (let page = 0; page < mostPages; page += 1) {
        const { data } = await client
          .query(RunTimelineDocument, { id: syncRunId, after, first: pageSize }, { requestPolicy: 'network-only' })
          .toPromise()
        if (left) return
        const events = data?.syncRun?.events
        if (!events) return setState('failed')
        setStored((before) => (page === 0 ? events : [...before, ...events]))
        if (events.length < pageSize) return setState('whole')
        after = events.at(-1)?.sequence ?? after
      }
      setState('cut')
    }
    void read()
    return () => {
      left = true
    }
  }, [client, syncRunId, reading])

  const events = useMemo(() => {
    const bySequence = new Map([...stored, ...told].map((event) => [event.sequence, event]))
    return [...bySequence.values()].toSorted((a, b) => Number(BigInt(b.sequence) - BigInt(a.sequence)))
  }, [stored, told])
  return { events, state }
}
