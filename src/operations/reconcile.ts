import { endEntityRun, type EntityOutcome } from '../store/entity-run-end.ts'
import { sweepable, sweepHeld } from '../store/held-sweep.ts'
import { pruneIdempotent } from '../store/idempotency.ts'
import { endSyncRun } from '../store/sync-run-progress.ts'
import {
  openEntityRuns,
  uncleanConnections,
  undeletedConnections,
  type UnfinishedRun,
  unfinishedRuns,
} from '../store/unfinished.ts'
import { repairSchedules } from './apply-schedules.ts'
import type { OperationDeps } from './deps.ts'
import { launchRun } from './launch-run.ts'
import { createMendingRound } from './mending-round.ts'

type ReconcileDeps = Pick<OperationDeps, 'db' | 'temporal' | 'log'>

/**
 * Mends what has fallen between PostgreSQL and Temporal: starts what was committed and never started, ends what has no workflow any more, so
 * that nothing is "already running" for ever. Safe to run in any number of processes at once: each step is a compare-and-set. Starts clean-ups and
 * deletions of data that are owed. Also makes schedules match, and at last sweeps away what counts no more.
 */
export async function reconcile(deps: ReconcileDeps, stopping: AbortSignal = never): Promise<void> {
  const { db, temporal, log } = deps
  const round = createMendingRound(log, stopping)
  await round.each(
    unfinishedRuns(db),
    (run) => mend(deps, run),
    ({ syncRunId }) => [{ syncRunId }, 'a run could not be mended'],
  )
  await round.each(await uncleanConnections(db), temporal.startCleanup, (connectionId) => [
    { connectionId },
    'a clean-up could not be started',
  ])
  await round.each(await undeletedConnections(db), temporal.startDataDeletion, (connectionId) => [
    { connectionId },
    'a deletion of data could not be started',
  ])
  await repairSchedules(deps, round)
  await round.each(
    await sweepable(db),
    (entityRunId) => sweepHeld(db, entityRunId, sweepsAtMost),
    (entityRunId) => [{ entityRunId }, 'what a run held back could not be swept away'],
  )
  await pruneIdempotent(db)
}

/** Of half a million rows in all. */
const sweepsAtMost = 100

const never = new AbortController().signal

async function mend(deps: ReconcileDeps, run: UnfinishedRun): Promise<void> {
  const parent = await deps.temporal.stateOf(run.workflowId)
  if (parent === 'RUNNING') {
    // the request to cancel may have met a Temporal that was away
    if (run.status === 'CANCELING') await deps.temporal.cancelEntities(run.syncRunId, null)
    else if (run.canceling.length > 0) await deps.temporal.cancelEntities(run.syncRunId, run.canceling)
    return
  }
  if (parent === 'UNKNOWN' && run.temporalRunId === null) {
    await launchRun(deps, run)
    return
  }
  deps.log.warn({ syncRunId: run.syncRunId, workflow: parent }, 'the workflow of a run is gone; ending the run')
  for (const { entityRunId, entity } of await openEntityRuns(deps.db, run.syncRunId)) {
    // a child that outlives its parent was asked to cancel, and ends its entity run itself
    const child = await deps.temporal.readerOf(run.connectionId, entity)
    if (child === entityRunId) return
    const promoted = await endEntityRun(deps.db, entityRunId, lost(run))
    if (promoted) await deps.temporal.tellPromoted(promoted)
  }
  await endSyncRun(deps.db, run.syncRunId)
}

function lost(run: UnfinishedRun): EntityOutcome {
  if (run.status === 'CANCELING') return { status: 'CANCELED' }
  return {
    status: 'FAILED',
    error: {
      category: 'INTERNAL',
      code: 'WORKFLOW_LOST',
      message: 'The workflow of this run was terminated or deleted in Temporal. Start the sync again.',
      retryable: true,
    },
  }
}
