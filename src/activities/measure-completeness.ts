import { SourceError } from '../connectors/errors.ts'
import { countLive, keepCompleteness } from '../store/completeness.ts'
import type { PassContext } from './read-pass.ts'

type MeasureContext = Pick<PassContext, 'deps' | 'run' | 'open' | 'window' | 'signal'>

/**
 * What a run that has read its window can say of its completeness: how many live records the window holds here, and once more at the source.
 * Repeating it measures again.
 */
export async function measureCompleteness(context: MeasureContext): Promise<void> {
  const { deps, run, open, window } = context
  const sourceCountEnd = await countAgain(context)
  const heldInWindow = await countLive(deps.db, run, window.start, run.mode !== 'INCREMENTAL')
  await open.keepUsage((usage) => keepCompleteness(deps.db, run, { sourceCountEnd, heldInWindow, usage }))
}

/** One more request: worth it where the whole window was read, not for every incremental run. */
async function countAgain({ run, open, window, signal }: MeasureContext): Promise<number | null> {
  if (run.mode === 'INCREMENTAL' || window.estimatedTotal === null) return null
  try {
    return await open.source.count(run.entity, window.start, signal)
  } catch (error) {
    signal.throwIfAborted()
    // all is read and stored: a count that fails is a count less
    if (error instanceof SourceError) return null
    throw error
  }
}
