import { followEnd } from '../operations/apply-schedules.ts'
import { endEntityRun } from '../store/entity-run-end.ts'
import type { Outcome, Promoted } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Ends an entity run, with its watermark on success. Safe to retry: an ended run stays as it ended. */
export const finishEntity =
  (deps: ActivityDeps) =>
  async ({
    entityRunId,
    outcome,
  }: {
    entityRunId: string
    outcome: Outcome
  }): Promise<{ promoted: Promoted | null }> => {
    const promoted = await endEntityRun(deps.db, entityRunId, outcome)
    await followEnd(deps, entityRunId)
    return { promoted }
  }
