import { Alert, Button, Group, Progress, Text } from '@mantine/core'
import { useNavigate } from 'react-router'
import { useOperation } from '../api/use-operation.ts'
import {
  CancelSyncDocument,
  type EntityRunDetailsFragment,
  type RunDetailsFragment,
  StartSyncDocument,
  type SyncStatus,
} from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { useNow } from '../ui/clock.tsx'
import { tellDone, tellFailed } from '../ui/notify.ts'
import { bytes, count, plural } from '../ui/numbers.ts'
import { hasEnded, SyncStatusMark } from '../ui/status.tsx'
import { inWords } from '../ui/time.ts'
import { entityPlural } from '../ui/words.ts'
import classes from './entity-run.module.css'
import { errorAdvice } from './error-advice.ts'
import { type RunProgress, rateOf, timeLeft } from './progress.ts'
import { newestCounts } from './totals.tsx'

export interface EntityRunRowProps {
  run: RunDetailsFragment
  entityRun: EntityRunDetailsFragment
  progress: RunProgress
  onChanged: () => void
}

export function EntityRunRow({ run, entityRun, progress, onChanged }: EntityRunRowProps) {
  const { entity, error, sourceRequests, sourceBytes, attempt } = entityRun
  const told = progress.get(entity)
  const status = newestStatus(entityRun.status, told?.status ?? null)
  return (
    <div className={classes['row']}>
      <div>
        <Text fw={600} size="sm">
          {entityPlural(entity)}
        </Text>
        <Text size="sm" component="div">
          <SyncStatusMark status={status} />
        </Text>
      </div>
      <Bar {...{ entityRun, progress, status }} />
      <Text size="xs" c="dimmed" className="numbers" component="div">
        {plural(sourceRequests, 'request')} · {bytes(Number(sourceBytes))}
        <br />
        {attempt > 1 ? `${plural(attempt - 1, 'retry', 'retries')}` : 'No retries'}
      </Text>
      <RowAction {...{ run, entityRun, status, onChanged }} />
      {told?.retrying && !hasEnded(status) && (
        <Alert variant="default" className={classes['wide'] ?? ''} title="It is being tried again" role="status">
          {told.retrying}
        </Alert>
      )}
      {error && hasEnded(status) && (
        <Alert variant="default" className={classes['wide'] ?? ''} title={errorAdvice[error.category].title}>
          {error.message} <b>What to do:</b> {errorAdvice[error.category].advice}
        </Alert>
      )}
    </div>
  )
}

/** An end that was told or read stands, whichever of the two is older. */
function newestStatus(read: SyncStatus, told: SyncStatus | null): SyncStatus {
  if (hasEnded(read) || told === null) return read
  return told
}

interface BarProps {
  entityRun: EntityRunDetailsFragment
  progress: RunProgress
  status: SyncStatus
}

function Bar({ entityRun, progress, status }: BarProps) {
  const now = useNow()
  const { entity, estimatedTotal, startedAt, finishedAt } = entityRun
  const told = progress.get(entity)
  const { fetched } = newestCounts(entityRun, progress)
  const total = told?.total ?? estimatedTotal
  const ended = hasEnded(status)
  const running = status === 'RUNNING'
  const rate = running ? rateOf(told?.samples ?? [], now) : null
  const left = timeLeft(told && { ...told, total }, rate)
  const took = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null
  const share = total ? Math.min(100, (fetched / total) * 100) : 0
  const value = status === 'SUCCEEDED' ? 100 : running && !total ? 100 : share
  return (
    <div>
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm" className="numbers">
          {count(fetched)}
          {total !== null && !ended && ` of ${count(total)}`} read
        </Text>
        <Text size="xs" c="dimmed" className="numbers">
          {took !== null
            ? `${inWords(took)} · ${count(Math.round(fetched / Math.max(0.001, took / 1_000)))}/s`
            : rate !== null && `${count(Math.round(rate))}/s${left === null ? '' : ` · ${inWords(left)} left`}`}
        </Text>
      </Group>
      <Progress.Root mt={6} size={7}>
        <Progress.Section
          value={value}
          color={status === 'FAILED' ? 'red.8' : status === 'SUCCEEDED' ? 'green.9' : undefined}
          striped={running && !total}
          animated={running && !total}
          aria-label={`${entityPlural(entity)}: share read`}
        />
      </Progress.Root>
    </div>
  )
}

function RowAction({
  run,
  entityRun,
  status,
  onChanged,
}: Omit<EntityRunRowProps, 'progress'> & { status: SyncStatus }) {
  const { may } = useSession()
  const { at } = useHere()
  const go = useNavigate()
  const cancel = useOperation(CancelSyncDocument)
  const start = useOperation(StartSyncDocument)
  const { entity, mode } = entityRun
  if (!may('SYNCS_WRITE')) return <span />

  async function cancelIt() {
    const { failure } = await cancel.run({ input: { syncRunId: run.id, entities: [entity] } })
    if (failure) return tellFailed(failure.message)
    tellDone(`${entityPlural(entity)}: being canceled.`)
    onChanged()
  }

  async function retry(connectionId: string) {
    const again = mode === 'FULL_RESYNC' ? mode : 'INCREMENTAL'
    const { payload, failure } = await start.run({ input: { connectionId, entities: [entity], mode: again } })
    if (failure) return tellFailed(failure.message)
    void go(at(`runs/${encodeURIComponent(payload.syncRun.id)}`))
  }

  const name = entityPlural(entity)
  if (!hasEnded(status))
    return (
      <Button
        size="xs"
        variant="default"
        onClick={() => void cancelIt()}
        loading={cancel.running}
        disabled={status === 'CANCELING'}
        aria-label={`Cancel ${name}`}
      >
        Cancel
      </Button>
    )
  const connection = run.connection
  if (status === 'SUCCEEDED' || !connection || connection.status === 'DISCONNECTED') return <span />
  return (
    <Button
      size="xs"
      variant="default"
      onClick={() => void retry(connection.id)}
      loading={start.running}
      aria-label={`Retry ${name}`}
    >
      Retry
    </Button>
  )
}
