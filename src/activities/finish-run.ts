import { endSyncRun } from '../store/sync-run-progress.ts'
import type { ActivityDeps } from './deps.ts'

/** Ends a run by what became of its entities. Safe to retry: the second time nothing changes. */
export const finishRun =
  ({ db }: ActivityDeps) =>
  async ({ syncRunId }: { syncRunId: string }): Promise<{ status: string }> => ({
    status: await endSyncRun(db, syncRunId),
  })
