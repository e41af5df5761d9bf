import { endEntityRun, type EntityOutcome } from '../store/entity-run-end.ts'
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

type ReconcileDeps = Pick<OperationDeps, 'db' | 'temporal' | 'log'>

/**
 * Mends what has fallen between PostgreSQL and Temporal: starts what was committed and never started, ends what has no workflow any more, so
 * that nothing is "already running" for ever. Safe to run in any number of processes at once: each step is a compare-and-set. What fails is
 * left to the next round, and keeps no other from being mended. Starts clean-ups and deletions of data that are owed. Also makes schedules match, and forgets idempotency keys that have expired.
 */
export async function reconcile(deps: ReconcileDeps): Promise<void> {
  for await (const run of unfinishedRuns(deps.db)) {
    await mend(deps, run).catch((err: unknown) => {
      deps.log.warn({ err, syncRunId: run.syncRunId }, 'a run could not be mended; the next round tries again')
    })
  }
  for (const connectionId of await uncleanConnections(deps.db)) {
    await deps.temporal.startCleanup(connectionId).catch((err: unknown) => {
      deps.log.warn({ err, connectionId }, 'a clean-up could not be started; the next round tries again')
    })
  }
  for (const connectionId of await undeletedConnections(deps.db)) {
    await deps.temporal.startDataDeletion(connectionId).catch((err: unknown) => {
      deps.log.warn({ err, connectionId }, 'a deletion of data could not be started; the next round tries again')
    })
  }
  await repairSchedules(deps)
  await pruneIdempotent(deps.db)
}

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
