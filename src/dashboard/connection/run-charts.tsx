import { Stack } from '@mantine/core'
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { useLiveQuery } from '../api/use-live-query.ts'
import { ConnectionRunsDocument, type RunRowFragment } from '../generated/documents.ts'
import { axis, Chart, grid, tooltip } from '../ui/chart.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { inFull, inWords } from '../ui/time.ts'

const runsShown = 60

export function RunCharts({ connectionId }: { connectionId: string }) {
  const query = useLiveQuery({
    query: ConnectionRunsDocument,
    variables: { id: connectionId, first: runsShown },
    changes: (event) => event.connectionId === connectionId && event.type === 'RUN_FINISHED',
  })
  return (
    <Loaded query={query}>
      {({ connection }) => {
        const runs = (connection?.syncRuns.edges ?? []).map(({ node }) => node).flatMap(asBar)
        if (runs.length === 0) return <Empty title="No run has ended yet" />
        return <Charts runs={runs.toReversed()} />
      }}
    </Loaded>
  )
}

interface RunBar {
  at: string
  seconds: number
  created: number
  updated: number
  deleted: number
}

function asBar({ startedAt, finishedAt, totals }: RunRowFragment): RunBar[] {
  if (!startedAt || !finishedAt) return []
  const { created, updated, deleted } = totals
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000
  return [{ at: finishedAt, seconds, created, updated, deleted }]
}

function Charts({ runs }: { runs: RunBar[] }) {
  const longest = Math.max(...runs.map(({ seconds }) => seconds))
  const changed = runs.reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0)
  const time = { dataKey: 'at', tickFormatter: shortTime, minTickGap: 40, ...axis }
  return (
    <Stack gap="lg">
      <Chart
        title="How long runs took"
        summary={`The last ${plural(runs.length, 'run')}; the longest took ${inWords(longest * 1_000)}.`}
      >
        <ResponsiveContainer>
          <BarChart data={runs} margin={{ left: -8 }} accessibilityLayer={false}>
            <CartesianGrid {...grid} />
            <XAxis {...time} />
            <YAxis {...axis} unit=" s" width={64} />
            <Tooltip
              {...tooltip}
              labelFormatter={(at) => (typeof at === 'string' ? inFull(at) : '')}
              formatter={(seconds) => [inWords(Number(seconds) * 1_000), 'Took']}
            />
            <Bar
              maxBarSize={36}
              dataKey="seconds"
              name="Took"
              fill="var(--busy)"
              radius={[3, 3, 0, 0]}
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </Chart>
      <Chart
        title="What runs changed"
        summary={`${plural(changed, 'change')} in the last ${plural(runs.length, 'run')}.`}
      >
        <ResponsiveContainer>
          <BarChart data={runs} margin={{ left: -8 }} accessibilityLayer={false}>
            <CartesianGrid {...grid} />
            <XAxis {...time} />
            <YAxis {...axis} width={64} tickFormatter={(value: number) => count(value)} />
            <Tooltip
              {...tooltip}
              labelFormatter={(at) => (typeof at === 'string' ? inFull(at) : '')}
              formatter={(value) => count(Number(value))}
            />
            <Legend />
            <Bar
              maxBarSize={36}
              dataKey="created"
              name="Created"
              stackId="changes"
              fill="var(--good)"
              isAnimationActive={false}
            />
            <Bar
              maxBarSize={36}
              dataKey="updated"
              name="Updated"
              stackId="changes"
              fill="var(--busy)"
              isAnimationActive={false}
            />
            <Bar
              maxBarSize={36}
              dataKey="deleted"
              name="Deleted"
              stackId="changes"
              fill="var(--bad)"
              isAnimationActive={false}
            />
          </BarChart>
        </ResponsiveContainer>
      </Chart>
    </Stack>
  )
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

function shortTime(at: string): string {
  const moment = new Date(at)
  return Date.now() - moment.getTime() < 86_400_000 ? clock.format(moment) : day.format(moment)
}
