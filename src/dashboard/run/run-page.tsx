import { Alert, Anchor, Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { useParams } from 'react-router'
import { useOperation } from '../api/use-operation.ts'
import { HeldDeletionsPanel } from '../connection/held-deletions-panel.tsx'
import { Confirm } from '../forms/confirm.tsx'
import { CancelSyncDocument, type RunDetailsFragment } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { useSession } from '../session/session-context.ts'
import { AlreadyRunning } from '../start/already-running.tsx'
import { useNow } from '../ui/clock.tsx'
import { AlertIcon, ExternalIcon } from '../ui/icons.tsx'
import { Moment } from '../ui/moment.tsx'
import { tellDone } from '../ui/notify.ts'
import { Page } from '../ui/page.tsx'
import { Empty, Lines, Loaded } from '../ui/states.tsx'
import { SyncStatusMark } from '../ui/status.tsx'
import { hasEnded } from '../ui/sync-stages.ts'
import { inWords } from '../ui/time.ts'
import { EntityRuns } from './entity-runs.tsx'
import { Failures } from './failures.tsx'
import { Timeline } from './timeline.tsx'
import { Totals } from './totals.tsx'
import { useRetries } from './use-retries.ts'
import { useRun } from './use-run.ts'
import { useTimeline } from './use-timeline.ts'

export function RunPage() {
  const { id = '' } = useParams()
  return <Run id={id} key={id} />
}

const titles = { INITIAL: 'Initial sync', INCREMENTAL: 'Incremental sync', FULL_RESYNC: 'Full re-sync' }

function Run({ id }: { id: string }) {
  const { at } = useHere()
  const { may } = useSession()
  const { query, progress } = useRun(id)
  const run = query.data?.syncRun
  const timeline = useTimeline(id)
  const retries = useRetries(run, progress, timeline.newest)
  const back = run?.connection
    ? { to: at(`connections/${encodeURIComponent(run.connection.id)}`), label: run.connection.name }
    : { to: at('connections'), label: 'Connections' }
  if (!run)
    return (
      <Page title="Sync" back={back}>
        <Loaded query={query} loading={<Lines lines={8} height={40} />}>
          {() => <Empty title="No such run">It is unknown in this environment. Another one may have it.</Empty>}
        </Loaded>
      </Page>
    )
  const title = `${titles[run.mode]}${run.connection ? ` of ${run.connection.name}` : ''}`
  return (
    <Page
      title={title}
      mark={<SyncStatusMark status={run.status} />}
      summary={<Summary run={run} />}
      back={back}
      actions={<Actions run={run} onChanged={query.refresh} />}
    >
      <Stack gap="lg">
        <AlreadyRunning runId={id} />
        <Totals run={run} progress={progress} />
        <EntityRuns run={run} progress={progress} retries={retries} onChanged={query.refresh} />
        {/* what comes and goes lies below what one follows */}
        {run.waitingFor && (
          <Alert variant="default" icon={<AlertIcon />} title="It waits" role="status">
            {run.waitingFor.message}
          </Alert>
        )}
        <Failures run={run} />
        {run.connection && may('RECORDS_READ') && (
          <HeldDeletionsPanel connectionId={run.connection.id} syncRunId={id} />
        )}
        <Timeline {...timeline} />
      </Stack>
    </Page>
  )
}

function Summary({ run: { trigger, requestedBy, requestedAt, startedAt, finishedAt } }: { run: RunDetailsFragment }) {
  const now = useNow()
  const by = requestedBy === 'owner' ? 'the owner' : <span title={requestedBy}>a key or token</span>
  const start = {
    CONNECT: <>With the connection, by {by}</>,
    MANUAL: <>Asked for by {by}</>,
    SCHEDULE: 'By the schedule',
  }
  const took = startedAt ? (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt) : null
  return (
    <span className="numbers">
      {start[trigger]} · <Moment at={requestedAt} />
      {took !== null && ` · ${finishedAt ? 'took' : 'for'} ${inWords(took)}`}
    </span>
  )
}

function Actions({ run, onChanged }: { run: RunDetailsFragment; onChanged: () => void }) {
  const { may } = useSession()
  const [asking, setAsking] = useState(false)
  const cancel = useOperation(CancelSyncDocument)
  const { id, status, workflowUrl } = run
  return (
    <>
      {workflowUrl !== null && (
        <Anchor href={workflowUrl} target="_blank" rel="noreferrer" size="sm">
          Open in Temporal <ExternalIcon size={14} />
        </Anchor>
      )}
      {may('SYNCS_WRITE') && !hasEnded(status) && (
        <Button variant="default" onClick={() => setAsking(true)} disabled={status === 'CANCELING'}>
          Cancel
        </Button>
      )}
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title="Cancel this run?"
        action="Cancel the run"
        danger
        onConfirm={async () => {
          const { failure } = await cancel.run({ input: { syncRunId: id } })
          if (failure) return failure.message
          tellDone('The run is being canceled.')
          onChanged()
          return null
        }}
      >
        What was committed stays. The next run reads the same window again. Nothing is deleted.
      </Confirm>
    </>
  )
}
