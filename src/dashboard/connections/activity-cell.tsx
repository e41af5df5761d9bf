import { Anchor, Progress, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { ConnectionRowFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { count } from '../ui/numbers.ts'
import { SyncStatusMark } from '../ui/status.tsx'
import { fromNow } from '../ui/time.ts'
import { useNow } from '../ui/clock.tsx'
import { lastEnded } from './freshness.ts'
import type { Reading } from './use-activity.ts'

export interface ActivityCellProps {
  connection: ConnectionRowFragment
  readings: readonly Reading[]
}

/** Two lines in any case, so that rows keep their height while runs come and go. */
export function ActivityCell({ connection, readings }: ActivityCellProps) {
  const { at } = useHere()
  const now = useNow()
  const [first] = readings
  if (first) {
    const fetched = readings.reduce((sum, reading) => sum + reading.fetched, 0)
    const totals = readings.map(({ total }) => total)
    const total = totals.includes(null) ? null : totals.reduce<number>((sum, each) => sum + (each ?? 0), 0)
    return (
      <div>
        <Anchor component={Link} to={at(`runs/${encodeURIComponent(first.syncRunId)}`)} size="sm" className="numbers">
          {count(fetched)}
          {total !== null && total > 0 ? ` of ${count(total)}` : ' read'}
        </Anchor>
        <Progress
          mt={6}
          h={5}
          value={total ? Math.min(100, (fetched / total) * 100) : 100}
          animated={!total}
          striped={!total}
          aria-label={`${connection.name}: progress`}
        />
      </div>
    )
  }
  const queued = connection.entities.find(({ currentRun }) => currentRun?.status === 'QUEUED')?.currentRun
  if (queued)
    return (
      <Anchor component={Link} to={at(`runs/${encodeURIComponent(queued.syncRunId)}`)} size="sm">
        <SyncStatusMark status="QUEUED" />
      </Anchor>
    )
  const last = lastEnded(connection.entities)
  if (!last) return <Text size="sm">–</Text>
  return (
    <div>
      <Anchor component={Link} to={at(`runs/${encodeURIComponent(last.syncRunId)}`)} size="sm" c="inherit">
        <SyncStatusMark status={last.status} />
      </Anchor>
      <Text size="xs" c="dimmed" className="numbers">
        {fromNow(last.finishedAt, now)}
      </Text>
    </div>
  )
}
