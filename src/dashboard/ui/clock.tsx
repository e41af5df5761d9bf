import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { serverNow } from '../api/server-time.ts'

const ClockContext = createContext(0)
const tickMs = 5_000

/** One clock for all relative times of a page: they change together. */
export function ClockProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return <ClockContext value={now}>{children}</ClockContext>
}

/** Milliseconds since 1970 by the server's clock, a few seconds old at most. */
export const useNow = () => useContext(ClockContext)
