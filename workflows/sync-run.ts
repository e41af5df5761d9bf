import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { EntityToRun, Promoted } from '../src/activities/activities.ts'
import { connectionKey, entityKey, modeKey } from './search-attributes.ts'
import { awaitReader, steps } from './steps.ts'
import { syncEntity, type SyncEntityInput } from './sync-entity.ts'

export interface SyncRunInput {
  syncRunId: string
  connectionId: string
}

/** The entity run that waited for another run's end may read now. */
export const promotedSignal = defineSignal<[string]>('promoted')
/** Stop these entities, or all of them (null). */
export const cancelSignal = defineSignal<[readonly string[] | null]>('cancelEntities')

/** One run: a child for each entity, all at once; a failure of one does not stop the others. */
export async function syncRun({ syncRunId, connectionId }: SyncRunInput): Promise<string> {
  const promoted = new Set<string>()
  const canceled = new Set<string>()
  const scopes = new Map<string, CancellationScope>()

  const isCanceled = (entity: string) => canceled.has('*') || canceled.has(entity)

  setHandler(promotedSignal, (entityRunId) => {
    promoted.add(entityRunId)
  })
  setHandler(cancelSignal, (entities) => {
    for (const entity of entities ?? ['*']) canceled.add(entity)
    for (const [entity, scope] of scopes) if (isCanceled(entity)) scope.cancel()
  })
  /**
   * Waits until an entity may be read; answers what is to be read then, or null where nothing is any more. The signal tells at once; the look now and
   * then is for a signal that was lost with the workflow that owed it.
   */
  async function promotion(run: EntityToRun): Promise<EntityToRun | null> {
    const looks = patched('look-when-promoted') // since 0.2.0: runs from before read what they were told when they began
    for (;;) {
      const told = await condition(() => promoted.delete(run.entityRunId), '5 minutes')
      if (told && !looks) return run
      const { entities, mode } = await steps.beginRun({ syncRunId })
      const now = entities.find(({ entityRunId }) => entityRunId === run.entityRunId)
      if (now?.waiting) continue
      if (!looks) return run
      tellMode(mode)
      return now ?? null
    }
  }

  async function runEntity(run: EntityToRun) {
    const scope = new CancellationScope()
    scopes.set(run.entity, scope)
    if (isCanceled(run.entity)) scope.cancel()
    try {
      const next = await scope.run(async () => {
        const due = run.waiting ? await promotion(run) : run
        return due && readInChild(connectionId, due)
      })
      if (next) await announce(next)
    } catch (error) {
      // the child has ended without ending its entity run: terminated, never started, or canceled while it waited
      await CancellationScope.nonCancellable(() => abandon(run, isCancellation(error)))
    }
  }

  const { entities } = await CancellationScope.nonCancellable(() => steps.beginRun({ syncRunId }))
  await Promise.all(entities.map(runEntity))
  const { status } = await CancellationScope.nonCancellable(() => steps.finishRun({ syncRunId }))
  return status
}

/** What engineers filter by, and see: a waiting run may have been raised to a full re-sync. */
function tellMode(mode: SyncEntityInput['mode'] | undefined) {
  if (mode === undefined || workflowInfo().typedSearchAttributes.get(modeKey) === mode) return
  setCurrentDetails(`Raised to ${mode} while it waited.`)
  upsertSearchAttributes([{ key: modeKey, value: mode }])
}

/** Starts the reader; where an earlier one has ended its entity run and is still closing, when that has closed. */
async function readInChild(connectionId: string, run: EntityToRun): Promise<Promoted | null> {
  const child = await startReader(connectionId, run).catch(async (error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    await awaitReader({ connectionId, entity: run.entity })
    return startReader(connectionId, run)
  })
  return child.result()
}

function startReader(connectionId: string, run: EntityToRun) {
  return startChild(syncEntity, {
    workflowId: `sync/${connectionId}/${run.entity}`,
    args: [{ entityRunId: run.entityRunId, entity: run.entity, mode: run.mode, due: run.due, interrupted: false }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: connectionKey, value: connectionId },
      { key: entityKey, value: run.entity },
      { key: modeKey, value: run.mode },
    ]),
    // the reconciler asks whose reader this is
    memo: { entityRunId: run.entityRunId },
    staticSummary: `${run.mode} sync of ${run.entity}`,
  })
}

/** Tells the run that waited. Where its workflow is not there yet nothing is lost: it finds the entity promoted when it begins. */
async function announce(next: Promoted) {
  try {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(`sync-run/${next.syncRunId}`).signal(promotedSignal, next.entityRunId),
    )
  } catch (error) {
    log.info('the promoted run was not there to be told', { syncRunId: next.syncRunId, error })
  }
}

async function abandon(run: EntityToRun, canceled: boolean) {
  const finished = await steps.finishEntity({
    entityRunId: run.entityRunId,
    outcome: canceled
      ? { status: 'CANCELED' }
      : {
          status: 'FAILED',
          error: {
            category: 'INTERNAL',
            code: 'WORKFLOW_LOST',
            message: 'The workflow that read this entity was terminated or could not start. Start the sync again.',
            retryable: true,
          },
        },
  })
  if ('promoted' in finished && finished.promoted) await announce(finished.promoted)
}
