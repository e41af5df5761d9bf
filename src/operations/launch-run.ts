import type { SyncMode } from '../generated/prisma/enums.ts'
import { rememberTemporalRun } from '../store/sync-run-progress.ts'
import type { OperationDeps } from './deps.ts'

/**
 * Starts the workflow of a run that is committed. When Temporal is away the run stays QUEUED and the reconciler starts it: the caller
 * has a run either way.
 */
export async function launchRun(
  { db, temporal, log }: Pick<OperationDeps, 'db' | 'temporal' | 'log'>,
  run: { syncRunId: string; connectionId: string; mode: SyncMode },
): Promise<void> {
  try {
    await rememberTemporalRun(db, run.syncRunId, await temporal.startRun(run))
  } catch (err) {
    log.warn({ err, syncRunId: run.syncRunId }, 'the run is queued; its workflow could not be started yet')
  }
}
