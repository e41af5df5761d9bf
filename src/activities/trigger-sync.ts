import { Context } from '@temporalio/activity'
import { startScheduled } from '../operations/start-scheduled.ts'
import type { Triggered } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** Starts the run of a schedule that has fired. Safe to retry: one firing starts one run, known by the trigger's Temporal run id. */
export const triggerSync =
  (deps: ActivityDeps) =>
  async ({ connectionId, schedule }: { connectionId: string; schedule: string }): Promise<Triggered> => {
    const { workflowExecution } = Context.current().info
    if (!workflowExecution) throw new Error('a trigger runs in a workflow')
    return startScheduled(deps, { connectionId, schedule, triggerId: workflowExecution.runId })
  }
