import type { OperationDeps } from './deps.ts'
import { type MissingPart, missingPart } from './missing-part.ts'
import type { RunUnderWay } from './operations.ts'

/** In ordinary times what is asked for begins within a second or two. */
const patienceMs = 15_000
/** A reading that goes on may tell nothing for a while: its source is slow, or asked it to wait. */
const silenceMs = 60_000

/**
 * What a run has waited for longer than it should, because nobody gives it; null when it has ended, goes on, or has waited for less. Never
 * throws. Temporal is not asked for a run that goes on, and once in some seconds for all others.
 */
export async function waitingFor(
  { temporal }: Pick<OperationDeps, 'temporal'>,
  run: RunUnderWay,
): Promise<MissingPart | null> {
  const waits = waitsOf(run, Date.now())
  if (waits.length === 0) return null
  const missing = await missingPart(temporal)
  // only what is to be read needs a reader
  if (missing && (missing.what !== 'READER' || waits.includes('READING'))) return missing
  const attempts = await temporal.workflowAttempts(readersOf(run)).catch(() => 0)
  return attempts < failingFrom ? null : { what: 'WORKFLOW', message: failingMessage(attempts) }
}

/** A worker that ended in the middle of a step costs an attempt; more than one is the code's. */
const failingFrom = 3

const failingMessage = (attempts: number) =>
  `Workers take the run's work and fail at its workflow code: this is attempt ${attempts}. As a rule the run was begun by another release than the ` +
  'workers are of. Nothing is lost, and Temporal tries again. Read in the log of a worker, or at workflowUrl, what fails; start workers of the release ' +
  'that began the run, or upgrade to one that mends it.'

const readersOf = ({ id, connectionId, entities }: RunUnderWay) => ({
  syncRunId: id,
  connectionId,
  entities: entities.filter(({ slot }) => slot === 'ACTIVE').map(({ entity }) => entity),
})

function waitsOf(run: RunUnderWay, now: number): ('STEP' | 'READING')[] {
  const longAgo = (at: Date | null, ms = patienceMs) => at !== null && now - at.getTime() >= ms
  if (run.status === 'QUEUED' || run.status === 'CANCELING') return longAgo(run.requestedAt) ? ['STEP'] : []
  if (run.status !== 'RUNNING') return []
  // only the step that ends the run is left
  if (run.entities.every(({ slot }) => slot === null)) return longAgo(run.startedAt) ? ['STEP'] : []
  return run.entities.flatMap(({ slot, status, startedAt, progressAt }) => {
    if (slot !== 'ACTIVE') return []
    if (status === 'QUEUED') return longAgo(run.startedAt) ? ['READING'] : []
    if (status === 'CANCELING') return longAgo(run.startedAt) ? ['STEP'] : []
    return longAgo(progressAt ?? startedAt, silenceMs) ? ['READING'] : []
  })
}
