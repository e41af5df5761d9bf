import type { ScheduledRun } from '../store/scheduled-run.ts'
import { beginSyncRun, type StartedEntityRun } from '../store/sync-run-progress.ts'
import type { Activities } from './activities.ts'
import type { ActivityDeps } from './deps.ts'
import { duesOf } from './next-due.ts'

/** Marks a run as begun and tells its workflow what to read. Safe to retry: the second time nothing changes. */
export const beginRun =
  (deps: ActivityDeps): Activities['beginRun'] =>
  async ({ syncRunId }) => {
    const { mode: runMode, entities } = await beginSyncRun(deps.db, syncRunId)
    const dues = await duesOf(deps, entities.flatMap(givesWay))
    return {
      mode: runMode,
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
const givesWay = ({ entityRunId, connectionId, mode, schedule }: StartedEntityRun): ScheduledRun[] =>
  mode === 'INCREMENTAL' && schedule !== null ? [{ entityRunId, connectionId, schedule }] : []
