import { setMaxListeners } from 'node:events'
import { Context } from '@temporalio/activity'
import { WindowRefused } from '../connectors/errors.ts'
import { keepCheckpoint } from '../store/entity-run-checkpoint.ts'
import { takeFence } from '../store/entity-run-fence.ts'
import { maxStampOf } from '../store/entity-run-stamp.ts'
import type { PullInput, PullResult } from './activities.ts'
import { type Checkpoint, checkpoint } from './checkpoint.ts'
import { deleteGone } from './delete-gone.ts'
import { floorTo } from './clock-steps.ts'
import type { ActivityDeps } from './deps.ts'
import { retryDelayMs, toApplicationFailure } from './failure.ts'
import { measureCompleteness } from './measure-completeness.ts'
import { latestWatermark, openRun, windowOf } from './open-run.ts'
import { changedPass, firstPass, inOneGo, nextPass } from './passes.ts'
import { patienceEnds, type Progress } from './progress.ts'
import { createPass } from './read-pass.ts'
import { verifyEnumeration } from './verify-enumeration.ts'

const heartbeatMs = 2_000
/** A call streams for so long and returns, so that workflow histories show life and a worker can be drained. */
const streamMs = 10 * 60_000

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
    const progress: Progress = { advanced: false, patienceEnds: null }
    try {
      return await pull(deps, input, attempt > 1 || input.retrying, context.cancellationSignal, progress)
    } catch (error) {
      // aborted requests fail in their own ways; what counts is that the run was canceled
      context.cancellationSignal.throwIfAborted()
      deps.log.warn({ err: error, entityRunId: input.entityRunId, attempt }, 'reading was interrupted')
      const failure = toApplicationFailure(
        error,
        attempt,
        progress.advanced ? {} : { due: input.retryUntil ?? null, patienceEnds: progress.patienceEnds },
      )
      // progress made: the next call starts its back-off and its patience anew
      if (progress.advanced && !failure.nonRetryable) return { done: false, waitMs: retryDelayMs(error, 1) }
      throw failure
    } finally {
      clearInterval(beat)
    }
  }

async function pull(
  deps: ActivityDeps,
  input: PullInput,
  retrying: boolean,
  signal: AbortSignal,
  progress: Progress,
): Promise<PullResult> {
  const stopAt = performance.now() + streamMs
  const run = await takeFence(deps.db, input.entityRunId, retrying)
  progress.patienceEnds = patienceEnds(run)
  const open = await openRun(deps, run)
  try {
    const window = await windowOf(deps, run, open, signal)
    const { lagMs, precisionMs } = open.connector.clock(open.config)
    const latest = latestWatermark(open, window)
    const settled = floorTo(latest, precisionMs)
    let at: Checkpoint =
      checkpoint.nullable().parse(run.checkpoint) ?? (await firstPass({ run, open, window, signal }, settled))
    // what an initial run that failed has left behind may be gone by now, and no incremental run would ever tell
    const deletes =
      run.mode === 'FULL_RESYNC' || (run.mode === 'INITIAL' && !run.succeededBefore && at.startSeq !== '0')
    const overlapUntil = run.mode === 'INCREMENTAL' && window.start ? new Date(window.start.getTime() + lagMs) : null
    const context = { deps, run, open, window, stopAt, signal, progress, deletes, overlapUntil }
    const { readPass, usageSince } = createPass(context)
    if (run.checkpoint === null && run.mode !== 'INCREMENTAL') {
      // a plan costs questions: a source that lets few requests through would spend them on the plan of every attempt
      await keepCheckpoint(deps.db, run, { checkpoint: at, usage: usageSince(), advanced: false })
    }
    if (at.pass === 'changed') at = await changedPass(context, at)
    while (at.pass !== 'done') {
      if (performance.now() > stopAt) return { done: false, waitMs: null }
      if (at.pass === 'delete') {
        await verifyEnumeration(context)
        at = await deleteGone({ ...context, lagMs, usageSince }, at)
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
      await keepCheckpoint(deps.db, run, { checkpoint: at, usage: usageSince(), advanced: true })
      progress.advanced = true
    }
    if (!deletes) await verifyEnumeration(context)
    await measureCompleteness(context, usageSince)
    const seen = await maxStampOf(deps.db, run.entityRunId)
    const watermark = seen === null ? null : new Date(Math.min(seen.getTime(), latest.getTime())).toISOString()
    return { done: true, fence: run.fence, watermark }
  } finally {
    await open.close()
  }
}
