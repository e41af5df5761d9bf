import { useState } from 'react'
import { useEvents } from '../api/live.tsx'
import { type Activity, applyEvents } from './activity.ts'

/** What events have told of the readings of these connections since they were read. */
export function useActivity(connections: readonly { id: string }[]): Activity {
  const [activity, setActivity] = useState<Activity>(new Map())
  useEvents(
    (events) => {
      const shown = new Set(connections.map(({ id }) => id))
      setActivity((before) => applyEvents(before, events, shown))
    },
    // the state is read anew, and says it
    () => setActivity(new Map()),
  )
  return activity
}
