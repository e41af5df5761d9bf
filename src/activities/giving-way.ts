import type { FencedRun } from '../store/entity-run-fence.ts'
import type { ActivityDeps } from './deps.ts'
import { nextDue } from './next-due.ts'
import { lastProgress } from './progress.ts'

export interface GivingWay {
  /** ISO 8601: from then on a reader that makes no progress leaves its entity to the run that its schedule starts; null: to none. */
  at: string | null
  /** Whether the workflow knows an earlier firing, which has gone. */
  isNews: boolean
}

/** What a run waits for its places is not held against it for longer: where Temporal's clock is behind PostgreSQL's all time looks like waiting. */
const longestWaitMs = 86_400_000

/**
 * To which firing an attempt gives way: to the one that its workflow knew, unless that came while the attempt waited for its place, or before what is
 * held against the run began. It has found the entity busy then, and is gone; the one after it goes on instead. A run that was raised to a re-sync
 * gives way to none.
 */
export async function givingWay(
  deps: Pick<ActivityDeps, 'db' | 'temporal' | 'log'>,
  run: FencedRun,
  known: string | null,
  scheduledAt: Date,
): Promise<GivingWay> {
  if (known === null || run.mode !== 'INCREMENTAL') return { at: null, isNews: false }
  const at = Date.parse(known)
  const isOld = run.fencedAt.getTime() - run.startedAt.getTime() > longestWaitMs
  const waited = at >= scheduledAt.getTime() || at <= lastProgress(run)
  if (at > run.fencedAt.getTime() || !waited || isOld) return { at: known, isNews: false }
  const next = await nextDue(deps, run.entityRunId, run.fencedAt.getTime())
  return { at: next?.at ?? null, isNews: true }
}
