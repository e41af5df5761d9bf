import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import { cancelRun } from '../store/run-cancel.ts'
import { auditEntry } from './audited.ts'
import type { OperationDeps } from './deps.ts'
import { connectionOfOwnRun } from './own-connection.ts'

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
    const connection = await connectionOfOwnRun(deps.db, caller, syncRunId)
    const entities = input.entities ?? null
    const audit = auditEntry(caller, { action: 'SYNC_CANCEL', target: syncRunId })
    if (await cancelRun(deps.db, { syncRunId, connectionId: connection.id }, entities, audit)) {
      try {
        await deps.temporal.cancelEntities(syncRunId, entities)
      } catch (err) {
        deps.log.warn({ err, syncRunId }, 'the run is canceling; its workflow could not be told yet')
      }
    }
    return { syncRunId }
  }
