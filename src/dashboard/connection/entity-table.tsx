import { Anchor, Table, Text, VisuallyHidden } from '@mantine/core'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { isReading, type Reading, readings } from '../connections/activity.ts'
import { useActivity } from '../connections/use-activity.ts'
import {
  ConnectionNextRunsDocument,
  type ConnectionDetailsFragment,
  type EntityDetailsFragment,
} from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { Moment } from '../ui/moment.tsx'
import { count } from '../ui/numbers.ts'
import { ProgressBar } from '../ui/progress-bar.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { entityPlural } from '../ui/words.ts'
import { scheduleWords } from './schedule-words.ts'

export interface EntityTableProps {
  connection: ConnectionDetailsFragment
  /** When it was asked for. */
  askedAt: number
}

export function EntityTable({ connection, askedAt }: EntityTableProps) {
  const told = useActivity([connection], askedAt).get(connection.id)
  const underWay = readings(connection.entities, told).filter(isReading)
  const nextRuns = useNextRunsOfEntities(connection.id)
  return (
    <div className="panel">
      <Scroll label="Entities">
        <Table style={{ tableLayout: 'fixed', minWidth: 980 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="15%">Entity</Table.Th>
              <Table.Th w={96} ta="right">
                Records
              </Table.Th>
              <Table.Th w={190}>Last run</Table.Th>
              <Table.Th w={136}>Changes in it</Table.Th>
              <Table.Th w={122}>Last success</Table.Th>
              <Table.Th w={152}>Schedule</Table.Th>
              <Table.Th>Watermark</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {connection.entities.map((entity) => (
              <Row
                key={entity.id}
                connectionId={connection.id}
                state={entity}
                reading={underWay.find((reading) => reading.entity === entity.entity)}
                nextRun={nextRuns.get(entity.id) ?? null}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </div>
  )
}

function useNextRunsOfEntities(id: string) {
  const { data } = useLiveQuery({
    query: ConnectionNextRunsDocument,
    variables: { id },
    changes: ({ connectionId, type }) =>
      connectionId === id && (type === 'RUN_FINISHED' || type === 'RUN_QUEUED' || type.startsWith('CONNECTION_')),
  })
  return useMemo(() => new Map(data?.connection?.entities.map((each) => [each.id, each.nextRunAt])), [data])
}

interface RowProps {
  connectionId: string
  state: EntityDetailsFragment
  reading: Reading | undefined
  nextRun: string | null
}

function Row({ connectionId, state, reading, nextRun }: RowProps) {
  const { at } = useHere()
  const { entity, enabled, recordCount, lastSuccessfulSyncAt, watermark, schedule, lastRun } = state
  return (
    <Table.Tr style={{ height: 62 }}>
      <Table.Td>
        <Anchor component={Link} to={at(`records/${encodeURIComponent(connectionId)}/${entity}`)} fw={550} size="sm">
          {entityPlural(entity)}
        </Anchor>
        {!enabled && (
          <Text size="xs" c="dimmed">
            Not synced any more
          </Text>
        )}
        {state.dataDeletionRequestedAt !== null && (
          <Text size="xs" c="dimmed">
            {state.dataDeletedAt === null ? 'Being deleted' : 'Deleted'}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {count(recordCount)}
      </Table.Td>
      <Table.Td>
        <LastRun state={state} reading={reading} />
      </Table.Td>
      <Table.Td>{lastRun && !reading ? <Changes counts={lastRun.counts} /> : <Text size="sm">–</Text>}</Table.Td>
      <Table.Td>
        <Moment at={lastSuccessfulSyncAt} none="Never" />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{scheduleWords(schedule)}</Text>
        <Text size="xs" c="dimmed">
          {schedule?.paused ? (
            'Paused'
          ) : nextRun !== null ? (
            <>
              Next <Moment at={nextRun} />
            </>
          ) : (
            ' '
          )}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text className="code" truncate title={watermark ?? undefined}>
          {watermark ?? '–'}
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

function LastRun({ state: { entity, currentRun, lastRun }, reading }: Pick<RowProps, 'state' | 'reading'>) {
  const { at } = useHere()
  const runId = reading?.syncRunId ?? currentRun?.syncRunId ?? lastRun?.syncRunId
  if (runId === undefined) return <Text size="sm">–</Text>
  const link = at(`runs/${encodeURIComponent(runId)}`)
  if (reading)
    return (
      <>
        <Anchor component={Link} to={link} size="sm" className="numbers">
          {count(reading.fetched)}
          {reading.total === null ? ' read' : ` of ${count(reading.total)}`}
        </Anchor>
        <ProgressBar
          label={`${entityPlural(entity)}: progress`}
          share={reading.total ? reading.fetched / reading.total : null}
        />
      </>
    )
  const status = currentRun?.status ?? lastRun?.status
  return (
    <>
      <Anchor component={Link} to={link} size="sm" c="inherit">
        {status && <SyncStatusMark status={status} />}
      </Anchor>
      {!currentRun && lastRun && (
        <Text size="xs" c="dimmed" truncate title={lastRun.error?.message}>
          {lastRun.error ? lastRun.error.message : <Moment at={lastRun.finishedAt} />}
        </Text>
      )}
    </>
  )
}

function Changes({ counts }: { counts: NonNullable<EntityDetailsFragment['lastRun']>['counts'] }) {
  const { created, updated, deleted, rejected, unchanged } = counts
  const parts = [
    created > 0 && `+${count(created)}`,
    updated > 0 && `~${count(updated)}`,
    deleted > 0 && `−${count(deleted)}`,
  ].filter((part) => part !== false)
  const inFull = `${count(created)} created, ${count(updated)} updated, ${count(deleted)} deleted, ${count(unchanged)} unchanged, ${count(rejected)} rejected`
  return (
    <div title={inFull} style={{ position: 'relative' }}>
      <Text size="sm" className="numbers" aria-hidden>
        {parts.length === 0 ? 'None' : parts.join('  ')}
      </Text>
      {rejected > 0 && (
        <Text size="xs" c="var(--bad)" aria-hidden>
          {count(rejected)} rejected
        </Text>
      )}
      <VisuallyHidden>{inFull}</VisuallyHidden>
    </div>
  )
}
