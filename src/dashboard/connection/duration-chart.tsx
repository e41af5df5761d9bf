import { Bar, BarChart, CartesianGrid, LabelList, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { SyncStatus } from '../generated/documents.ts'
import { axis, Chart, grid, timeAxis, tooltip } from '../ui/chart.tsx'
import { plural } from '../ui/numbers.ts'
import { inFull, inWords } from '../ui/time.ts'
import type { RunBar } from './run-bars.ts'

/** Each a colour and a mark: neither has to be seen. */
const outcomes: { status: SyncStatus; label: string; fill: string; mark: string }[] = [
  { status: 'SUCCEEDED', label: 'Succeeded', fill: 'var(--good)', mark: '' },
  { status: 'PARTIALLY_SUCCEEDED', label: 'Partly succeeded', fill: 'var(--warn)', mark: '!' },
  { status: 'FAILED', label: 'Failed', fill: 'var(--bad)', mark: '✕' },
  { status: 'CANCELED', label: 'Canceled', fill: 'var(--idle)', mark: '–' },
]

export function DurationChart({ runs }: { runs: readonly RunBar[] }) {
  const longest = Math.max(...runs.map(({ seconds }) => seconds))
  const failed = runs.filter(({ status }) => status === 'FAILED').length
  return (
    <Chart
      title="How long runs took"
      summary={`The last ${plural(runs.length, 'run')}, of which ${failed === 0 ? 'none' : failed} failed; the longest took ${inWords(longest * 1_000)}.`}
    >
      <ResponsiveContainer>
        <BarChart data={[...runs]} margin={{ left: -8, top: 16 }} accessibilityLayer={false}>
          <CartesianGrid {...grid} />
          <XAxis {...timeAxis} />
          <YAxis {...axis} unit=" s" width={64} />
          <Tooltip
            {...tooltip}
            labelFormatter={(at) => (typeof at === 'string' ? inFull(at) : '')}
            formatter={(seconds, name) => [inWords(Number(seconds) * 1_000), name]}
          />
          <Legend />
          {outcomes.map(({ status, label, fill, mark }) => (
            <Bar
              key={status}
              maxBarSize={36}
              dataKey={(run: RunBar) => (run.status === status ? run.seconds : undefined)}
              name={label}
              stackId="outcome"
              fill={fill}
              isAnimationActive={false}
            >
              {mark !== '' && (
                <LabelList position="top" formatter={() => mark} fill="var(--mantine-color-text)" fontSize={12} />
              )}
            </Bar>
          ))}
        </BarChart>
      </ResponsiveContainer>
    </Chart>
  )
}
