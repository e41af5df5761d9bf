import { useState } from 'react'
import { useEvents } from '../api/live.tsx'
import type { Activity } from './activity.ts'
import { liveAgain, nothingTold, toldAfter, toldBeside } from './told.ts'

/** What events have told of the readings of these connections, beside their rows, which were asked for at that moment. */
export function useActivity(connections: readonly { id: string }[], askedAt: number): Activity {
  const [told, setTold] = useState(nothingTold)
  useEvents(
    (events) => {
      const shown = new Set(connections.map(({ id }) => id))
      setTold((before) => toldAfter(before, events, shown))
    },
    () => {
      const now = performance.now()
      setTold((before) => liveAgain(before, askedAt, now))
    },
  )
  return toldBeside(told, askedAt)
}
