import type { SyncMode } from '../generated/prisma/enums.ts'
import type { FencedRun } from '../store/entity-run-fence.ts'

/** What an attempt has achieved, for whoever decides whether another is worth it. */
export interface Progress {
  /** Whether it has committed a place to go on from that it did not start with. */
  advanced: boolean
  /** When the run has failed for good unless it makes progress; null: not known yet. */
  patienceEnds: Date | null
}

const minuteMs = 60_000
const patienceMs: Record<SyncMode, number> = {
  INCREMENTAL: 30 * minuteMs,
  INITIAL: 24 * 60 * minuteMs,
  FULL_RESYNC: 24 * 60 * minuteMs,
}

export function patienceEnds(run: FencedRun): Date {
  const last = Math.max(run.startedAt.getTime(), run.progressAt?.getTime() ?? 0)
  return new Date(last + patienceMs[run.mode])
}
