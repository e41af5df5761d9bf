import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { ConnectionRowFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { count } from '../ui/numbers.ts'
import { ProgressBar } from '../ui/progress-bar.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { fromNow } from '../ui/time.ts'
import { useNow } from '../ui/clock.tsx'
import { readings, runUnderWay, type ToldReadings } from './activity.ts'
import { lastEnded } from './freshness.ts'

export interface ActivityCellProps {
  connection: ConnectionRowFragment
  told: ToldReadings | undefined
}

/** Two lines in any case, so that rows keep their height while runs come and go. */
export function ActivityCell({ connection, told }: ActivityCellProps) {
  const { at } = useHere()
  const now = useNow()
  const run = runUnderWay(readings(connection.entities, told))
  if (run) {
    const { syncRunId, fetched, total } = run
    return (
      <div>
        <Anchor component={Link} to={at(`runs/${encodeURIComponent(syncRunId)}`)} size="sm" className="numbers">
          {count(fetched)}
          {total ? ` of ${count(total)}` : ' read'}
        </Anchor>
        <ProgressBar label={`${connection.name}: progress`} share={total ? fetched / total : null} />
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
