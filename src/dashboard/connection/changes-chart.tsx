import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { axis, Chart, grid, timeAxis, tooltip } from '../ui/chart.tsx'
import { count, plural } from '../ui/numbers.ts'
import { inFull } from '../ui/time.ts'
import type { RunBar } from './run-bars.ts'

const series = [
  { dataKey: 'created', name: 'Created', fill: 'var(--good)' },
  { dataKey: 'updated', name: 'Updated', fill: 'var(--busy)' },
  { dataKey: 'deleted', name: 'Deleted', fill: 'var(--bad)' },
] as const

export function ChangesChart({ runs }: { runs: readonly RunBar[] }) {
  const changed = runs.reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0)
  return (
    <Chart
      title="What runs changed"
      summary={`${plural(changed, 'change')} in the last ${plural(runs.length, 'run')}.`}
    >
      <ResponsiveContainer>
        <BarChart data={[...runs]} margin={{ left: -8 }} accessibilityLayer={false}>
          <CartesianGrid {...grid} />
          <XAxis {...timeAxis} />
          <YAxis {...axis} width={64} tickFormatter={(value: number) => count(value)} />
          <Tooltip
            {...tooltip}
            labelFormatter={(at) => (typeof at === 'string' ? inFull(at) : '')}
            formatter={(value) => count(Number(value))}
          />
          <Legend />
          {series.map((each) => (
            <Bar key={each.dataKey} maxBarSize={36} stackId="changes" isAnimationActive={false} {...each} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </Chart>
  )
}
