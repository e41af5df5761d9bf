import type { SyncMode } from '../generated/prisma/enums.ts'
import type { FencedRun } from '../store/entity-run-fence.ts'

/** What an attempt has achieved, for whoever decides whether another is worth it. */
export interface Progress {
  /** Whether it has committed a place to go on from that it did not start with. */
  advanced: boolean
  /** The run as the attempt found it; null: it has not taken its fence. */
  run: FencedRun | null
  /** PostgreSQL's time in ms, from when the fence is taken: a worker's own clock may be wrong, and another has begun the run. */
  now(): number
  /** Reference of the credentials with which the source is asked; null: it was not yet. */
  credentialsRef: string | null
}

/** The attempts before this one ended without a word: the worker was lost, or a call took longer than it may. */
export class NoProgress extends Error {
  constructor() {
    super('Reading was broken off again and again: its worker was lost, or a call took too long.')
    this.name = 'NoProgress'
  }
}

const minuteMs = 60_000
const patienceMs: Record<SyncMode, number> = {
  INCREMENTAL: 30 * minuteMs,
  INITIAL: 24 * 60 * minuteMs,
  FULL_RESYNC: 24 * 60 * minuteMs,
}

/** When the run has failed for good unless it makes progress; null: not known. */
export function patienceEnds({ advanced, run, now }: Progress): Date | null {
  if (!run) return null
  return new Date((advanced ? now() : lastProgress(run)) + patienceMs[run.mode])
}

/** What comes after it is held against the run. */
export const lastProgress = ({ startedAt, progressAt }: FencedRun) =>
  Math.max(startedAt.getTime(), progressAt?.getTime() ?? 0)

/** A clock that goes on from a time that was just read elsewhere. */
export function clockFrom(time: Date): () => number {
  const readAt = performance.now()
  return () => time.getTime() + performance.now() - readAt
}
