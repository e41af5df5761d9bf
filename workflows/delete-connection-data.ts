import { continueAsNew, workflowInfo } from '@temporalio/workflow'
import { deleting } from './steps.ts'

/** Deletes what a user has asked to be deleted of a connection, in calls that last seconds, until nothing of it is left. */
export async function deleteConnectionData(input: { connectionId: string }): Promise<void> {
  while (!workflowInfo().continueAsNewSuggested) {
    const { done } = await deleting.deleteConnectionData(input)
    if (done) return
  }
  return continueAsNew<typeof deleteConnectionData>(input)
}
