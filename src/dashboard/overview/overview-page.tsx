import { SimpleGrid, Stack, Text } from '@mantine/core'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import type { SyncEvent } from '../api/follow.ts'
import { type ConnectionStatus, OverviewDocument, type OverviewQuery } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { later } from '../ui/later.tsx'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/page.tsx'
import { Lines, Loaded } from '../ui/states.tsx'
import { hoursBefore } from '../ui/time.ts'
import { NeedsAttention } from './needs-attention.tsx'
import classes from './overview.module.css'

const FreshnessChart = later(async () => (await import('./freshness-chart.tsx')).FreshnessChart, {
  heading: 2,
  loading: <Lines lines={4} height={60} />,
})

const connected: ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED']

/** Each count looks at every connection. */
const changesCounts = ({ type }: SyncEvent) => (type === 'RUN_FINISHED' || type.startsWith('CONNECTION_')) && 'seldom'

export function OverviewPage() {
  const query = useLiveQuery({
    query: OverviewDocument,
    variables: (now) => ({
      connected,
      hour: hoursBefore(now, 1),
      day: hoursBefore(now, 24),
      week: hoursBefore(now, 168),
      ever: new Date(0).toISOString(),
    }),
    changes: changesCounts,
  })
  return (
    <Page title="Overview" summary="How the connections of this environment stand, and how current their records are.">
      <Loaded query={query}>
        {(counts) => (
          <Stack gap="lg">
            <Tiles counts={counts} />
            <FreshnessChart bands={bandsOf(counts)} />
            <NeedsAttention changes={changesCounts} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function bandsOf({ active, paused, actionRequired, olderThanHour, olderThanDay, olderThanWeek, never }: OverviewQuery) {
  const all = active.totalCount + paused.totalCount + actionRequired.totalCount
  // they are counted one after the other, while syncs end
  return [
    { label: 'Within an hour', tone: 'good', connections: all - olderThanHour.totalCount },
    { label: 'Within a day', tone: 'busy', connections: olderThanHour.totalCount - olderThanDay.totalCount },
    { label: 'Within a week', tone: 'warn', connections: olderThanDay.totalCount - olderThanWeek.totalCount },
    { label: 'Older', tone: 'bad', connections: olderThanWeek.totalCount - never.totalCount },
    { label: 'Never whole', tone: 'idle', connections: never.totalCount },
  ].map((band) => ({ ...band, connections: Math.max(0, band.connections) }))
}

function Tiles({ counts }: { counts: OverviewQuery }) {
  const { at } = useHere()
  const tiles = [
    { label: 'Active', status: 'ACTIVE', value: counts.active.totalCount },
    { label: 'Paused', status: 'PAUSED', value: counts.paused.totalCount },
    { label: 'Action required', status: 'ACTION_REQUIRED', value: counts.actionRequired.totalCount },
    { label: 'Disconnected', status: 'DISCONNECTED', value: counts.disconnected.totalCount },
  ]
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
      {tiles.map(({ label, status, value }) => (
        <Link key={status} to={at(`connections?status=${status}`)} className={`panel ${classes['tile']}`}>
          <Text size="1.75rem" fw={650} lh={1.1} className="numbers">
            {count(value)}
          </Text>
          <Text size="sm" c="dimmed">
            {label}
          </Text>
        </Link>
      ))}
    </SimpleGrid>
  )
}
