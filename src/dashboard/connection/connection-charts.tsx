import { lazy, Suspense } from 'react'
import { Lines } from '../ui/states.tsx'

const RunCharts = lazy(async () => ({ default: (await import('./run-charts.tsx')).RunCharts }))

/** The chart library is loaded when charts are looked at. */
export const ConnectionCharts = ({ connectionId }: { connectionId: string }) => (
  <Suspense fallback={<Lines lines={4} height={60} />}>
    <RunCharts connectionId={connectionId} />
  </Suspense>
)
