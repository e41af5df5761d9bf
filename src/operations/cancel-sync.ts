import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import { connectionOfRun } from '../store/connection-read.ts'
import { cancelRun } from '../store/run-cancel.ts'
import type { OperationDeps } from './deps.ts'
import { NotFoundError } from './errors.ts'
import { ownConnection } from './own-connection.ts'

/**
 * Stops a run, or some of its entities. What is committed stays, and the next run goes on from the last good watermark. When Temporal is away
 * the entity runs are marked all the same: none of their batches commits, and the reconciler ends them.
 */
export const cancelSync =
  (deps: OperationDeps) =>
  async (
    caller: Caller,
    input: { syncRunId: string; entities?: readonly EntityType[] | null },
  ): Promise<{ syncRunId: string }> => {
    const { syncRunId } = input
    const connectionId = await connectionOfRun(deps.db, syncRunId)
    const connection =
      connectionId && (await ownConnection(deps.db, caller, connectionId, 'syncRunId').catch(notFoundAsNull))
    if (!connection) throw new NotFoundError('There is no such run in this environment.', ['syncRunId'])
    const entities = input.entities ?? null
    if (await cancelRun(deps.db, { syncRunId, connectionId: connection.id }, entities)) {
      try {
        await deps.temporal.cancelEntities(syncRunId, entities)
      } catch (err) {
        deps.log.warn({ err, syncRunId }, 'the run is canceling; its workflow could not be told yet')
      }
    }
    return { syncRunId }
  }

function notFoundAsNull(error: unknown): null {
  if (error instanceof NotFoundError) return null
  throw error
}
