import { Button, Group, Text } from '@mantine/core'
import { useOperation } from '../api/use-operation.ts'
import { useIdempotencyKey } from '../forms/use-idempotency-key.ts'
import {
  CancelSyncDocument,
  type EntityRunDetailsFragment,
  type RunDetailsFragment,
  StartSyncDocument,
  type SyncMode,
  type SyncStatus,
} from '../generated/documents.ts'
import { useSession } from '../session/session-context.ts'
import { useStarted } from '../start/use-started.ts'
import { useNow } from '../ui/clock.tsx'
import { focusable } from '../ui/focusable.tsx'
import { tellDone, tellFailed } from '../ui/notify.ts'
import { bytes, count, plural } from '../ui/numbers.ts'
import { ProgressBar } from '../ui/progress-bar.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { further, hasEnded } from '../ui/sync-stages.ts'
import { inWords } from '../ui/time.ts'
import { entityPlural } from '../ui/words.ts'
import classes from './entity-run.module.css'
import { type EntityProgress, newestCounts, rateOf, timeLeft } from './progress.ts'
import { RetryNote } from './retry-note.tsx'
import type { Retry } from './retry.ts'

export interface EntityRunRowProps {
  run: RunDetailsFragment
  entityRun: EntityRunDetailsFragment
  told: EntityProgress | undefined
  retry: Retry | undefined
  onChanged: () => void
}

export function EntityRunRow({ run, entityRun, told, retry, onChanged }: EntityRunRowProps) {
  const { entity, sourceRequests, sourceBytes, attempt } = entityRun
  const status = further(entityRun.status, told?.status ?? null)
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
      <Bar {...{ entityRun, told, retry, status }} />
      <Text size="xs" c="dimmed" className="numbers" component="div">
        {plural(sourceRequests, 'request')} · {bytes(Number(sourceBytes))}
        <br />
        {attempt > 1 ? `${plural(attempt - 1, 'retry', 'retries')}` : 'No retries'}
      </Text>
      <RowAction {...{ run, entityRun, status, onChanged }} />
    </div>
  )
}

interface BarProps extends Pick<EntityRunRowProps, 'entityRun' | 'told' | 'retry'> {
  status: SyncStatus
}

function Bar({ entityRun, told, retry, status }: BarProps) {
  const now = useNow()
  const { entity, estimatedTotal, startedAt, finishedAt } = entityRun
  const { fetched } = newestCounts(entityRun, told?.counts)
  const total = told?.total ?? estimatedTotal
  const ended = hasEnded(status)
  const running = status === 'RUNNING'
  const rate = running ? rateOf(told?.samples ?? [], now) : null
  const left = timeLeft(fetched, total, rate)
  const took = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null
  const share = total ? fetched / total : running ? null : 0
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
      <ProgressBar
        label={`${entityPlural(entity)}: share read`}
        share={status === 'SUCCEEDED' ? 1 : share}
        color={status === 'FAILED' ? 'red.8' : status === 'SUCCEEDED' ? 'green.9' : undefined}
        size={7}
      />
      <RetryNote retry={ended ? undefined : retry} />
    </div>
  )
}

function RowAction({
  run,
  entityRun,
  status,
  onChanged,
}: Omit<EntityRunRowProps, 'told' | 'retry'> & { status: SyncStatus }) {
  const { may } = useSession()
  const cancel = useOperation(CancelSyncDocument)
  const start = useOperation(StartSyncDocument)
  const started = useStarted()
  const keyOf = useIdempotencyKey()
  const { entity, mode } = entityRun
  if (!may('SYNCS_WRITE')) return <span />

  async function cancelIt() {
    const { failure } = await cancel.run({ input: { syncRunId: run.id, entities: [entity] } })
    if (failure) return tellFailed(failure.message)
    tellDone(`${entityPlural(entity)}: being canceled.`)
    onChanged()
  }

  async function retry(connectionId: string) {
    const again: SyncMode = mode === 'FULL_RESYNC' ? mode : 'INCREMENTAL'
    const input = { connectionId, entities: [entity], mode: again }
    const { payload, failure } = await start.run({ input: { ...input, idempotencyKey: keyOf(input) } })
    if (failure) return tellFailed(failure.message)
    started(payload)
  }

  const name = entityPlural(entity)
  if (!hasEnded(status))
    return (
      <Button
        size="xs"
        variant="default"
        onClick={() => void cancelIt()}
        loading={cancel.running}
        renderRoot={focusable}
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
      renderRoot={focusable}
      aria-label={`Retry ${name}`}
    >
      Retry
    </Button>
  )
}
