import { Stack } from '@mantine/core'
import { useLiveQuery } from '../api/use-live-query.ts'
import { ConnectionChartsDocument } from '../generated/documents.ts'
import { Empty, Loaded } from '../ui/states.tsx'
import { ChangesChart } from './changes-chart.tsx'
import { DurationChart } from './duration-chart.tsx'
import { RecordsChart } from './records-chart.tsx'
import { runBars } from './run-bars.ts'
import { RunFigures } from './run-figures.tsx'

const runsShown = 60

export function RunCharts({ connectionId }: { connectionId: string }) {
  const query = useLiveQuery({
    query: ConnectionChartsDocument,
    variables: { id: connectionId, first: runsShown },
    changes: (event) => event.connectionId === connectionId && event.type === 'RUN_FINISHED',
  })
  return (
    <Loaded query={query}>
      {({ connection }) => {
        const entities = connection?.entities ?? []
        const records = entities.some(({ dataDeletionRequestedAt }) => dataDeletionRequestedAt !== null)
          ? null
          : entities.reduce((sum, { recordCount }) => sum + recordCount, 0)
        const runs = runBars(
          (connection?.syncRuns.edges ?? []).map(({ node }) => node),
          records,
        )
        if (runs.length === 0) return <Empty title="No run has ended yet" />
        return (
          <Stack gap="lg">
            <DurationChart runs={runs} />
            {records !== null && <RecordsChart runs={runs} />}
            <ChangesChart runs={runs} />
            <RunFigures runs={runs} />
          </Stack>
        )
      }}
    </Loaded>
  )
}
