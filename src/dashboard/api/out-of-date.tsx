import type { CombinedError } from '@urql/core'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'

/** A question that was not answered again, while its answer from before is shown. */
export interface Unanswered {
  error: CombinedError
  refresh: () => void
}

type Report = (unanswered: Unanswered) => () => void

const ReportContext = createContext<Report | null>(null)
const UnansweredContext = createContext<readonly Unanswered[]>([])

/** Gathers from all queries of a page what of it may be out of date, for one notice. */
export function OutOfDateProvider({ children }: { children: ReactNode }) {
  const [all, setAll] = useState<readonly Unanswered[]>([])
  const report = useCallback<Report>((unanswered) => {
    setAll((before) => [...before, unanswered])
    return () => setAll((before) => before.filter((each) => each !== unanswered))
  }, [])
  return (
    <ReportContext value={report}>
      <UnansweredContext value={all}>{children}</UnansweredContext>
    </ReportContext>
  )
}

export const useUnanswered = () => useContext(UnansweredContext)

/** Reports the error for as long as it stands. */
export function useOutOfDate(error: CombinedError | undefined, refresh: () => void) {
  const report = useContext(ReportContext)
  if (!report) throw new Error('useOutOfDate is used outside OutOfDateProvider.')
  useEffect(() => error && report({ error, refresh }), [error, refresh, report])
}
