import { beginSyncRun } from '../store/sync-run-progress.ts'
import type { EntityToRun } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Marks a run as begun and tells its workflow what to read. Safe to retry: the second time nothing changes. */
export const beginRun =
  ({ db }: ActivityDeps) =>
  async ({ syncRunId }: { syncRunId: string }): Promise<{ entities: EntityToRun[] }> => {
    const entities = await beginSyncRun(db, syncRunId)
    return { entities: entities.map(({ slot, ...run }) => ({ ...run, waiting: slot === 'WAITING' })) }
  }
