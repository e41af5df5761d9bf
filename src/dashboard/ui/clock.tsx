import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'

const ClockContext = createContext(0)
const tickMs = 5_000

/** One clock for all relative times of a page: they change together. */
export function ClockProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return <ClockContext value={now}>{children}</ClockContext>
}

/** Milliseconds since 1970, a few seconds old at most. */
export const useNow = () => useContext(ClockContext)
