import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { TypedSearchAttributes, WorkflowIdReusePolicy } from '@temporalio/common'
import type { cleanUpConnection } from '../../workflows/clean-up-connection.ts'
import type { deleteConnectionData } from '../../workflows/delete-connection-data.ts'
import type { syncRun } from '../../workflows/sync-run.ts'
import { deadlineMs, queryDeadlineMs } from './deadlines.ts'
import { createLastPolls } from './last-polls.ts'
import { searchAttributeKeys } from './search-attributes.ts'
import { createScheduleControl } from './schedules.ts'
import type { SyncControl } from './sync-control.ts'

const runWorkflow = (syncRunId: string) => `sync-run/${syncRunId}`
const readerWorkflow = (connectionId: string, entity: string) => `sync/${connectionId}/${entity}`

export function createSyncControl(client: Client, taskQueue: string): SyncControl {
  const { workflow } = client
  // by itself the client tries again for 20 seconds
  const soon = <T>(work: () => Promise<T>) => client.withDeadline(Date.now() + deadlineMs, work)

  async function unlessGone(work: () => Promise<unknown>) {
    try {
      await soon(work)
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }

  async function describe(workflowId: string) {
    try {
      return await workflow.getHandle(workflowId).describe()
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null
      throw error
    }
  }

  return {
    schedules: createScheduleControl(client, taskQueue),
    lastPolls: createLastPolls(client, taskQueue),

    async startRun({ syncRunId, connectionId, mode }) {
      const workflowId = runWorkflow(syncRunId)
      try {
        const handle = await soon(() =>
          workflow.start<typeof syncRun>('syncRun', {
            workflowId,
            taskQueue,
            args: [{ syncRunId, connectionId }],
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
            typedSearchAttributes: new TypedSearchAttributes([
              { key: searchAttributeKeys.connection, value: connectionId },
              { key: searchAttributeKeys.mode, value: mode },
            ]),
            // as it stays: a run that waits may be raised meanwhile
            staticSummary: `Sync, asked for as ${mode}`,
            staticDetails: `Connection ${connectionId}. One child workflow for each entity: sync/${connectionId}/<ENTITY>.`,
          }),
        )
        return handle.firstExecutionRunId
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        return (await soon(() => workflow.getHandle(workflowId).describe())).runId
      }
    },

    async cancelEntities(syncRunId, entities) {
      await unlessGone(() => workflow.getHandle(runWorkflow(syncRunId)).signal('cancelEntities', entities))
    },

    async startCleanup(connectionId) {
      try {
        await soon(() =>
          workflow.start<typeof cleanUpConnection>('cleanUpConnection', {
            workflowId: `clean-up/${connectionId}`,
            taskQueue,
            args: [{ connectionId }],
            workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            typedSearchAttributes: new TypedSearchAttributes([
              { key: searchAttributeKeys.connection, value: connectionId },
            ]),
            staticSummary: 'Clean-up after disconnect',
          }),
        )
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    },

    async startDataDeletion(connectionId) {
      try {
        await soon(() =>
          workflow.start<typeof deleteConnectionData>('deleteConnectionData', {
            workflowId: `delete-data/${connectionId}`,
            taskQueue,
            args: [{ connectionId }],
            // other entities may be asked for when this one has ended
            workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
            typedSearchAttributes: new TypedSearchAttributes([
              { key: searchAttributeKeys.connection, value: connectionId },
            ]),
            staticSummary: 'Deletion of data, as a user has asked',
          }),
        )
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    },

    cancelWorkflow: (workflowId) => unlessGone(() => workflow.getHandle(workflowId).cancel()),

    async stateOf(workflowId) {
      const found = await soon(() => describe(workflowId))
      if (!found) return 'UNKNOWN'
      return found.status.name === 'RUNNING' ? 'RUNNING' : 'CLOSED'
    },

    async readerOf(connectionId, entity) {
      const found = await soon(() => describe(readerWorkflow(connectionId, entity)))
      if (found?.status.name !== 'RUNNING') return null
      const entityRunId = found.memo?.['entityRunId']
      return typeof entityRunId === 'string' ? entityRunId : null
    },

    async readerClosed(connectionId, entity) {
      try {
        await workflow.getHandle(readerWorkflow(connectionId, entity)).result()
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError || error instanceof WorkflowFailedError)) throw error
      }
    },

    async workflowAttempts({ syncRunId, connectionId, entities }) {
      const ids = [runWorkflow(syncRunId), ...entities.map((entity) => readerWorkflow(connectionId, entity))]
      const found = await client.withDeadline(Date.now() + queryDeadlineMs, () => Promise.all(ids.map(describe)))
      return Math.max(...found.map((it) => it?.raw.pendingWorkflowTask?.attempt ?? 0))
    },

    async tellPromoted({ syncRunId, entityRunId }) {
      await unlessGone(() => workflow.getHandle(runWorkflow(syncRunId)).signal('promoted', entityRunId))
    },
  }
}
