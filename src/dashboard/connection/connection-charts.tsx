import { later } from '../ui/later.tsx'
import { Lines } from '../ui/states.tsx'

/** The chart library is loaded when charts are looked at. */
export const ConnectionCharts = later(async () => (await import('./run-charts.tsx')).RunCharts, {
  heading: 2,
  loading: <Lines lines={4} height={60} />,
})
