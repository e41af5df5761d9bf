import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import type { Due, Failure, Outcome, Promoted } from '../src/activities/activities.ts'
import { reading, readersSuffix, steps } from './steps.ts'

export interface SyncEntityInput {
  entityRunId: string
  entity: string
  mode: 'INITIAL' | 'INCREMENTAL' | 'FULL_RESYNC'
  /** The next firing of the entity's schedule; null: it has none, or the run does not give way to it. */
  due: Due | null
  /** Carried over continue-as-new. */
  interrupted: boolean
}

/**
 * Reads one entity to its end and ends its entity run, whatever happens. The id is sync/<connectionId>/<entity> in every mode, so that
 * Temporal itself refuses a second reader.
 */
export async function syncEntity(input: SyncEntityInput): Promise<Promoted | null> {
  for (let { interrupted } = input; ; interrupted = true) {
    const ended = await outcomeOf({ ...input, interrupted })
    if ('interrupted' in ended) return continueAsNew<typeof syncEntity>({ ...input, ...ended })
    const finish = { entityRunId: input.entityRunId, outcome: ended }
    const finished = await CancellationScope.nonCancellable(() =>
      steps.finishEntity.executeWithOptions({ summary: `${input.entity}: ${ended.status}` }, [finish]),
    )
    if ('promoted' in finished) return finished.promoted
  }
}

async function outcomeOf(input: SyncEntityInput): Promise<Outcome | Carried> {
  try {
    return await read(input)
  } catch (error) {
    return isCancellation(error) ? { status: 'CANCELED' } : { status: 'FAILED', error: failureOf(error) }
  }
}

type Carried = Pick<SyncEntityInput, 'interrupted' | 'due'>

/** No outcome when this execution's history has grown enough: then the next one goes on. */
async function read(input: SyncEntityInput): Promise<Outcome | Carried> {
  const { pullEntity } = reading(`${workflowInfo().taskQueue}${readersSuffix}`, input.mode)
  let { interrupted: retrying, due } = input
  while (!workflowInfo().continueAsNewSuggested) {
    const result = await pullEntity.executeWithOptions({ summary: `${input.mode} ${input.entity}` }, [
      { entityRunId: input.entityRunId, retrying, retryUntil: nextDue(due) },
    ])
    if (result.done) {
      const { done: _, ...read } = result
      return { status: 'SUCCEEDED', ...read }
    }
    retrying = result.waitMs !== null
    if (result.due !== undefined) due = result.due
    if (result.waitMs !== null) await sleep(result.waitMs)
  }
  return { interrupted: retrying, due }
}

/**
 * The first firing from now on: a reader that makes no progress until then leaves the entity to it. Firings after the one that is known are guessed
 * from the period, until a call that made progress tells the next one.
 */
function nextDue(due: Due | null): string | null {
  if (!due) return null
  const first = Date.parse(due.at)
  const past = Math.max(0, Math.ceil((Date.now() - first) / due.everyMs))
  return new Date(first + past * due.everyMs).toISOString()
}

function failureOf(error: unknown): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && cause.details?.[0]) return cause.details[0] as Failure // src/activities/failure.ts puts it there
  return {
    category: 'INTERNAL',
    code: 'NO_PROGRESS',
    message:
      'No progress was made within the time allowed: the worker was lost or PostgreSQL was away. Start the sync again.',
    retryable: true,
  }
}
