import { applySchedules } from '../operations/apply-schedules.ts'
import { findRemains, markCleanedUp } from '../store/connection-cleanup.ts'
import type { ActivityDeps } from './deps.ts'

/**
 * After a disconnect: removes the schedules, cancels the workflows of the runs it canceled and destroys the source's credentials. Safe to retry: each part is, and the
 * mark that all is done is set last.
 */
export const cleanUpConnection =
  (deps: ActivityDeps) =>
  async ({ connectionId }: { connectionId: string }): Promise<void> => {
    const { db, secrets, temporal } = deps
    const remains = await findRemains(db, connectionId)
    if (!remains) return
    await applySchedules(deps, connectionId)
    for (const workflowId of remains.workflowIds) await temporal.cancelWorkflow(workflowId)
    if (remains.credentialsRef) await secrets.destroy(remains.credentialsRef)
    await markCleanedUp(db, connectionId)
  }
