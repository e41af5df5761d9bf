import { nextRuns } from '../operations/next-runs.ts'
import { periodMs } from '../operations/schedule-plan.ts'
import { beginSyncRun, type StartedEntityRun } from '../store/sync-run-progress.ts'
import type { Due, EntityToRun } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Marks a run as begun and tells its workflow what to read. Safe to retry: the second time nothing changes. */
export const beginRun =
  (deps: ActivityDeps) =>
  async ({ syncRunId }: { syncRunId: string }): Promise<{ entities: EntityToRun[] }> => {
    const entities = await beginSyncRun(deps.db, syncRunId)
    const dues = await duesOf(deps, entities)
    return {
      entities: entities.map(({ entityRunId, entity, mode, slot }) => ({
        entityRunId,
        entity,
        mode,
        waiting: slot === 'WAITING',
        due: dues.get(entityRunId) ?? null,
      })),
    }
  }

/** Only incremental runs give way to the next one: what a longer run has read would be read again from the start. */
async function duesOf(deps: ActivityDeps, entities: readonly StartedEntityRun[]): Promise<Map<string, Due>> {
  const scheduled = entities.flatMap(({ entityRunId, connectionId, mode, schedule }) =>
    mode === 'INCREMENTAL' && schedule !== null ? [{ entityRunId, connectionId, schedule }] : [],
  )
  const times = await nextRuns(deps, scheduled)
  return new Map(
    scheduled.flatMap(({ entityRunId, schedule }, i) => {
      const at = times[i]
      return at ? [[entityRunId, { at: at.toISOString(), everyMs: periodMs(schedule) }]] : []
    }),
  )
}
