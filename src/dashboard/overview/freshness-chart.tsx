import { Bar, BarChart, CartesianGrid, Cell, LabelList, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { axis, Chart, grid } from '../ui/chart.tsx'
import { count, plural } from '../ui/numbers.ts'

export interface FreshnessBand {
  label: string
  tone: string
  connections: number
}

/** How many connections have their stalest entity how fresh. */
export const FreshnessChart = ({ bands }: { bands: readonly FreshnessBand[] }) => (
  <Chart
    title="Freshness"
    summary={`By the stalest entity of each connection. ${bands
      .map(({ label, connections }) => `${label}: ${plural(connections, 'connection')}`)
      .join('. ')}.`}
  >
    <ResponsiveContainer>
      <BarChart data={[...bands]} margin={{ left: -8, top: 20 }} accessibilityLayer={false}>
        <CartesianGrid {...grid} />
        <XAxis dataKey="label" {...axis} />
        <YAxis {...axis} width={56} allowDecimals={false} tickFormatter={(value: number) => count(value)} />
        <Bar dataKey="connections" radius={[4, 4, 0, 0]} maxBarSize={72} isAnimationActive={false}>
          {bands.map(({ label, tone }) => (
            <Cell key={label} fill={`var(--${tone})`} />
          ))}
          <LabelList
            dataKey="connections"
            formatter={(value) => count(Number(value))}
            position="top"
            fill="var(--mantine-color-text)"
            fontSize={13}
          />
        </Bar>
      </BarChart>
    </ResponsiveContainer>
  </Chart>
)
