import type { OperationDeps } from './deps.ts'
import { missingPart } from './missing-part.ts'

/**
 * Tells the log once when no worker takes work any more or Temporal does not answer, and once when all is well again: what two looks in a
 * row have seen. Answers how to stop.
 */
export function watchWorkers({ temporal, log }: Pick<OperationDeps, 'temporal' | 'log'>, everyMs = 15_000): () => void {
  let seen: string | null = null
  let told: string | null = null

  async function look() {
    const missing = await missingPart(temporal)
    // that all places for readings are taken is no trouble
    const now = missing?.what === 'READER' ? null : (missing?.what ?? null)
    if (now === seen && now !== told) {
      told = now
      if (missing && now) log.warn({ missing: now }, missing.message)
      else log.info('workers take work again')
    }
    seen = now
  }

  const timer = setInterval(() => void look(), everyMs)
  return () => clearInterval(timer)
}
