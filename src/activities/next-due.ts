import { nextRuns } from '../operations/next-runs.ts'
import { periodMs } from '../operations/schedule-plan.ts'
import { type ScheduledRun, scheduledRun } from '../store/scheduled-run.ts'
import type { Due } from './activities.ts'
import type { ActivityDeps } from './deps.ts'

/** The next firings of the schedules of entity runs, as Temporal will do them, by entity run; those without a schedule, or with one that rests, are left out. */
export async function duesOf(
  deps: Pick<ActivityDeps, 'temporal' | 'log'>,
  runs: readonly ScheduledRun[],
  after = new Date(),
): Promise<Map<string, Due>> {
  const times = await nextRuns(deps, runs, after)
  return new Map(
    runs.flatMap(({ entityRunId, schedule }, i) => {
      const at = times[i]
      return at ? [[entityRunId, { at: at.toISOString(), everyMs: periodMs(schedule) }]] : []
    }),
  )
}

/**
 * The first firing after a time, asked anew in mid-run: firings of a cron may lie unevenly, so that no period leads from one to the next. Undefined:
 * PostgreSQL did not tell.
 */
export async function nextDue(
  deps: Pick<ActivityDeps, 'db' | 'temporal' | 'log'>,
  entityRunId: string,
  after: number,
): Promise<Due | null | undefined> {
  try {
    const run = await scheduledRun(deps.db, entityRunId)
    if (!run) return null
    return (await duesOf(deps, [run], new Date(after))).get(entityRunId) ?? null
  } catch (err) {
    deps.log.warn({ err, entityRunId }, 'when a reader has to give way could not be asked; it keeps what it knew')
    return undefined
  }
}
