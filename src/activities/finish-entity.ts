import { endEntityRun } from '../store/entity-run-end.ts'
import type { Outcome, Promoted } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Ends an entity run, with its watermark on success. Safe to retry: an ended run stays as it ended. */
export const finishEntity =
  ({ db }: ActivityDeps) =>
  async ({
    entityRunId,
    outcome,
  }: {
    entityRunId: string
    outcome: Outcome
  }): Promise<{ promoted: Promoted | null }> => ({
    promoted: await endEntityRun(db, entityRunId, outcome),
  })
