import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { axis, Chart, grid, timeAxis, tooltip } from '../ui/chart.tsx'
import { count, plural } from '../ui/numbers.ts'
import { inFull } from '../ui/time.ts'
import type { RunBar } from './run-bars.ts'

export const RecordsChart = ({ runs }: { runs: readonly RunBar[] }) => (
  <Chart
    title="Records"
    summary={`From ${count(runs[0]?.records ?? 0)} after the first of the last ${plural(runs.length, 'run')} to ${count(runs.at(-1)?.records ?? 0)} after the last.`}
  >
    <ResponsiveContainer>
      <AreaChart data={[...runs]} margin={{ left: -8 }} accessibilityLayer={false}>
        <CartesianGrid {...grid} />
        <XAxis {...timeAxis} />
        <YAxis {...axis} width={72} tickFormatter={(value: number) => count(value)} />
        <Tooltip
          {...tooltip}
          labelFormatter={(at) => (typeof at === 'string' ? inFull(at) : '')}
          formatter={(value) => count(Number(value))}
        />
        <Area
          type="stepAfter"
          dataKey="records"
          name="Records"
          stroke="var(--busy)"
          fill="var(--busy)"
          fillOpacity={0.2}
          isAnimationActive={false}
        />
      </AreaChart>
    </ResponsiveContainer>
  </Chart>
)
