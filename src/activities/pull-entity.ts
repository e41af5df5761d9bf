import { setMaxListeners } from 'node:events'
import { Context, type Info } from '@temporalio/activity'
import { WindowRefused } from '../connectors/errors.ts'
import { keepCheckpoint } from '../store/entity-run-checkpoint.ts'
import { noteFailure } from '../store/entity-run-failure.ts'
import { takeFence } from '../store/entity-run-fence.ts'
import { maxStampOf } from '../store/entity-run-stamp.ts'
import { countUsage } from '../store/entity-run-usage.ts'
import type { PullInput, PullResult } from './activities.ts'
import { type Checkpoint, checkpoint } from './checkpoint.ts'
import { deleteGone } from './delete-gone.ts'
import { floorTo } from './clock-steps.ts'
import type { ActivityDeps } from './deps.ts'
import { describe, overBefore, type RetryEnds, toApplicationFailure } from './failure.ts'
import { type GivingWay, givingWay } from './giving-way.ts'
import { measureCompleteness } from './measure-completeness.ts'
import { nextDue } from './next-due.ts'
import { latestWatermark, openRun, windowOf } from './open-run.ts'
import { changedPass, firstPass, inOneGo, nextPass } from './passes.ts'
import { clockFrom, NoProgress, patienceEnds, type Progress } from './progress.ts'
import { createPass, type PassContext } from './read-pass.ts'
import { judgeRefusal } from './refused-credentials.ts'
import { verifyEnumeration } from './verify-enumeration.ts'

const heartbeatMs = 2_000

/**
 * Reads one entity from its source and commits batches, from the last checkpoint on. Safe to retry: every attempt takes a new fence, under
 * which alone its batches commit, and what is stored already compares as unchanged. Heartbeats carry nothing: the checkpoint is in PostgreSQL,
 * written with the batch it belongs to.
 */
export const pullEntity =
  (deps: ActivityDeps) =>
  async (input: PullInput): Promise<PullResult> => {
    const context = Context.current()
    const { attempt } = context.info
    setMaxListeners(0, context.cancellationSignal) // every request that is under way or waits for its turn listens
    const beat = setInterval(() => context.heartbeat(), heartbeatMs)
    const progress: Progress = { advanced: false, run: null, now: Date.now, credentialsRef: null }
    const turn = deps.places.begin()
    let way: GivingWay = { at: input.retryUntil ?? null, isNews: false }
    try {
      const retrying = attempt > 1 || input.retrying
      progress.run = await takeFence(deps.db, input.entityRunId, retrying, scheduledAt(context.info))
      progress.now = clockFrom(progress.run.fencedAt)
      way = await givingWay(deps, progress.run, way.at, scheduledAt(context.info))
      // an attempt that timed out or died with its worker could not say that it was the last
      if (attempt > 1 && overBefore(progress.now(), endsOf(way, progress))) throw new NoProgress()
      const call = { deps, run: progress.run, signal: context.cancellationSignal, progress, turn }
      const result = await pull(call)
      return result.done ? result : { ...result, due: await nextDue(deps, input.entityRunId, progress.now()) }
    } catch (error) {
      // aborted requests fail in their own ways; what counts is that the run was canceled
      context.cancellationSignal.throwIfAborted()
      deps.log.warn({ err: error, entityRunId: input.entityRunId, attempt }, 'reading was interrupted')
      // progress made: the next call starts its back-off anew
      const failure = toApplicationFailure(error, progress.advanced ? 1 : attempt, endsOf(way, progress), progress)
      if (progress.run && !failure.nonRetryable) {
        await noteFailure(deps.db, progress.run, describe(error)).catch((err: unknown) =>
          deps.log.warn({ err, entityRunId: input.entityRunId }, 'why an attempt failed could not be kept'),
        )
      }
      // of a firing that has gone only a new call is told
      if ((progress.advanced || way.isNews) && !failure.nonRetryable) {
        const waitMs = Number(failure.nextRetryDelay)
        return { done: false, waitMs, due: await nextDue(deps, input.entityRunId, progress.now() + waitMs) }
      }
      throw failure
    } finally {
      turn.end()
      clearInterval(beat)
    }
  }

/**
 * What was read is not given up for the next scheduled run, which would read it again; but no wait is sat out that is longer than the patience
 * of a run that makes no progress.
 */
const endsOf = ({ at }: GivingWay, progress: Progress): RetryEnds => ({
  now: progress.now(),
  due: progress.advanced ? null : at,
  patienceEnds: patienceEnds(progress),
})

/** By Temporal's clock. From here on the attempt waited for a worker: no fault of its source. */
const scheduledAt = (info: Info) => new Date(info.currentAttemptScheduledTimestampMs)

async function pull(call: Pick<PassContext, 'deps' | 'run' | 'signal' | 'progress' | 'turn'>): Promise<PullResult> {
  const { deps, run, signal, progress, turn } = call
  const open = await openRun(deps, run, turn)
  progress.credentialsRef = open.credentialsRef
  try {
    const window = await windowOf(deps, run, open, signal)
    const { lagMs, precisionMs } = open.connector.clock(open.config)
    const latest = latestWatermark(open, window)
    const settled = floorTo(latest, precisionMs)
    let at: Checkpoint =
      checkpoint.nullable().parse(run.checkpoint) ?? (await firstPass({ run, open, window, signal }, settled))
    // what an initial run that failed, or the time before the entity was disabled, has left may be gone by now, and no incremental run would ever tell
    const deletes = run.mode === 'FULL_RESYNC' || (run.mode === 'INITIAL' && at.startSeq !== '0')
    const overlapUntil = run.mode === 'INCREMENTAL' && window.start ? new Date(window.start.getTime() + lagMs) : null
    const context = { ...call, open, window, deletes, overlapUntil }
    const { readPass } = createPass(context)
    if (run.checkpoint === null && run.mode !== 'INCREMENTAL') {
      // a plan costs questions: a source that lets few requests through would spend them on the plan of every attempt
      await keep(at, false)
    }
    if (at.pass === 'changed') at = await changedPass(context, at)
    while (at.pass !== 'done') {
      if (progress.advanced && turn.isOver()) return { done: false, waitMs: null }
      if (at.pass === 'delete') {
        await verifyEnumeration(context)
        at = await deleteGone({ ...context, lagMs }, at)
        // its turn is over: asked again, it would be somebody else's
        if (at.pass === 'delete') return { done: false, waitMs: null }
        continue
      }
      try {
        const ended = await readPass(at.pass, at)
        if (!ended) return { done: false, waitMs: null }
        at = await nextPass(context, ended)
      } catch (error) {
        if (at.pass !== 'windows' || !(error instanceof WindowRefused)) throw error
        at = inOneGo(at)
      }
      if (at.pass === 'done') break
      // a pass may have brought nothing: without its end kept, a source that fails now and then would never be read to the last
      await keep(at, true)
      progress.advanced = true
    }
    if (!deletes) await verifyEnumeration(context)
    await measureCompleteness(context)
    const seen = await maxStampOf(deps.db, run.entityRunId)
    const watermark = seen === null ? null : new Date(Math.min(seen.getTime(), latest.getTime())).toISOString()
    return { done: true, fence: run.fence, watermark, judged: at.judged }
  } catch (error) {
    throw await judgeRefusal(deps.db, { ...run, credentialsRef: open.credentialsRef }, error)
  } finally {
    await open.close()
    // what was asked in vain has cost the source all the same
    await open
      .keepUsage((usage) => countUsage(deps.db, run, usage))
      .catch((err: unknown) =>
        deps.log.warn({ err, entityRunId: run.entityRunId }, 'what an attempt had asked could not be counted'),
      )
  }

  function keep(at: Checkpoint, advanced: boolean) {
    return open.keepUsage((usage) => keepCheckpoint(deps.db, run, { checkpoint: at, usage, advanced }))
  }
}
