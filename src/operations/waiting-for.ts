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
  return missing?.what === 'READER' && !waits.includes('READING') ? null : missing
}

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
