import { SimpleGrid, Stack, Text } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import type { SyncEvent } from '../api/follow.ts'
import { type ConnectionStatus, OverviewDocument, type OverviewQuery } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useNow } from '../ui/clock.tsx'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/page.tsx'
import { Lines, Loaded } from '../ui/states.tsx'
import { NeedsAttention } from './needs-attention.tsx'
import classes from './overview.module.css'

const FreshnessChart = lazy(async () => ({ default: (await import('./freshness-chart.tsx')).FreshnessChart }))

const hourMs = 3_600_000
const minuteMs = 60_000
const connected: ConnectionStatus[] = ['ACTIVE', 'PAUSED', 'ACTION_REQUIRED']

/** Each count looks at every connection. */
const changesCounts = ({ type }: SyncEvent) => (type === 'RUN_FINISHED' || type.startsWith('CONNECTION_')) && 'seldom'

export function OverviewPage() {
  // to the minute: another moment is another question
  const now = Math.floor(useNow() / minuteMs) * minuteMs
  const ago = (hours: number) => new Date(now - hours * hourMs).toISOString()
  const day = ago(24)
  const query = useLiveQuery({
    query: OverviewDocument,
    variables: { connected, hour: ago(1), day, week: ago(168), ever: new Date(0).toISOString() },
    changes: changesCounts,
  })
  return (
    <Page title="Overview" summary="How the connections of this environment stand, and how current their records are.">
      {/* a minute later it is another question, and what is shown is no less right */}
      <Loaded query={{ ...query, outdated: false }}>
        {(counts) => (
          <Stack gap="lg">
            <Tiles counts={counts} />
            <Suspense fallback={<Lines lines={4} height={60} />}>
              <FreshnessChart bands={bandsOf(counts)} />
            </Suspense>
            <NeedsAttention day={day} changes={changesCounts} />
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
