import { followEnd } from '../operations/apply-schedules.ts'
import { endEntityRun } from '../store/entity-run-end.ts'
import { FenceLost } from '../store/errors.ts'
import type { Finished, Outcome } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Ends an entity run, with its watermark on success. Safe to retry: an ended run stays as it ended. */
export const finishEntity =
  (deps: ActivityDeps) =>
  async ({ entityRunId, outcome }: { entityRunId: string; outcome: Outcome }): Promise<Finished> => {
    try {
      const promoted = await endEntityRun(deps.db, entityRunId, outcome)
      await followEnd(deps, entityRunId)
      deps.settling.ended(entityRunId)
      return { promoted }
    } catch (error) {
      if (error instanceof FenceLost) return { overtaken: true }
      throw error
    }
  }
