import assert from 'node:assert/strict'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { MockActivityEnvironment } from '@temporalio/testing'
import type {
  Activities,
  EntityToRun,
  Failure,
  Outcome,
  PullInput,
  PullResult,
} from '../../src/activities/activities.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { polledNow } from '../polled-now.ts'
import { type Attempt, createAttempt, currentAttempt } from './attempt.ts'
import { type ModelEntity, modelEntities } from './sequence.ts'
import { Signal } from './signal.ts'

export interface PlayedHooks {
  /** What the store holds of this entity and its run: for comparing before and after an attempt that may write nothing. */
  snapshot(attempt: Attempt): Promise<unknown>
  /** An attempt failed: throws when nothing explains it. */
  explain(attempt: Attempt, failure: Failure): void
}

/** What carries runs out: workflows/, or what plays their part. */
export interface Workflows {
  control: SyncControl
  /** The workflow of a run is terminated. */
  lose(syncRunId: string): void
  /** Until every run's workflow has ended, also those that were started meanwhile. */
  settled(): Promise<void>
  /** The attempts whose workflow was lost go on, now that the reconciler has ended their runs. */
  settleLeftover(): Promise<void>
  close(): Promise<void>
}

interface PlayedRun {
  connectionId: string
  state: 'RUNNING' | 'CLOSED'
  /** The workflow is terminated: it does nothing any more. */
  lost: Signal
  canceled: Map<string, Signal>
  promoted: Map<string, Signal>
  done: Promise<void>
}

const most = 40
const nothing = async () => {}
const noSchedules = {
  put: async () => ({ overlap: 0, missed: 0 }),
  remove: nothing,
  listed: async () => [],
  nextFiring: async () => null,
}
const ignore = () => {}
const quiet = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

/**
 * Plays the part of workflows/ in this process and without its waiting: beginRun, then for each entity pullEntity until it is done, then
 * finishEntity, then finishRun; attempts after failures; cancels; promotions.
 */
export function playWorkflows(activities: () => Activities, hooks: PlayedHooks): Workflows {
  const runs = new Map<string, PlayedRun>()
  const leftover = new Set<{ attempt: Attempt; result: Promise<PullResult> }>()

  async function syncRun(syncRunId: string, run: PlayedRun) {
    const { entities } = await activities().beginRun({ syncRunId })
    await Promise.all(entities.map((entityRun) => syncEntity(syncRunId, run, entityRun)))
    if (!run.lost.given) await activities().finishRun({ syncRunId })
    run.state = 'CLOSED'
  }

  async function syncEntity(syncRunId: string, run: PlayedRun, { entityRunId, entity, waiting }: EntityToRun) {
    const canceled = signalOf(run.canceled, entity)
    if (waiting) await Promise.race([signalOf(run.promoted, entityRunId).wait, canceled.wait, run.lost.wait])
    const overtaken: { attempt: Attempt; result: Promise<PullResult> }[] = []
    const about = { entityRunId, syncRunId, entity: entity as ModelEntity } // the model's connections have no other
    for (;;) {
      const outcome = await read(run, about, canceled, overtaken)
      if (outcome === null) {
        for (const zombie of overtaken) leftover.add(zombie)
        return
      }
      await thaw('read')
      const finished = await activities().finishEntity({ entityRunId, outcome })
      await thaw('ended')
      if ('overtaken' in finished) continue
      if (finished.promoted) await control.tellPromoted(finished.promoted)
      return
    }

    async function thaw(until: Attempt['until']) {
      for (const zombie of overtaken.filter(({ attempt }) => attempt.until === until)) {
        overtaken.splice(overtaken.indexOf(zombie), 1)
        await settleZombie(zombie, until, canceled)
      }
    }
  }

  /** Null when the workflow is lost. */
  async function read(
    run: PlayedRun,
    about: Pick<Attempt, 'entityRunId' | 'syncRunId' | 'entity'>,
    canceled: Signal,
    overtaken: { attempt: Attempt; result: Promise<PullResult> }[],
  ): Promise<Outcome | null> {
    let retrying = false
    for (let attemptNumber = 1, calls = 0; ; attemptNumber++) {
      if (run.lost.given) return null
      if (canceled.given) return { status: 'CANCELED' }
      assert((calls += 1) < most, `${about.entity} was not done after ${most} attempts`)
      const info = { attempt: attemptNumber, currentAttemptScheduledTimestampMs: Date.now() }
      const env = new MockActivityEnvironment(info, { logger: quiet })
      const attempt = createAttempt({ ...about, env })
      void canceled.wait.then(() => env.cancel('CANCELLED'))
      const input: PullInput = { entityRunId: about.entityRunId, retrying, retryUntil: null }
      const result: Promise<PullResult> = currentAttempt.run(attempt, () => env.run(activities().pullEntity, input))
      result.catch(ignore) // settled below, or as a zombie
      try {
        const ended = await Promise.race([result, attempt.overtaken, run.lost.wait])
        if (run.lost.given) {
          leftover.add({ attempt, result })
          return null
        }
        if (!ended) {
          overtaken.push({ attempt, result })
          continue
        }
        if (ended.done) return succeededWith(ended)
        retrying = ended.waitMs !== null
        attemptNumber = 0
      } catch (error) {
        if (error instanceof CancelledFailure) {
          if (canceled.given) return { status: 'CANCELED' }
          continue
        }
        if (!(error instanceof ApplicationFailure)) throw error
        const failure = error.details?.[0] as Failure // src/activities/failure.ts puts it there
        hooks.explain(attempt, failure)
        if (error.nonRetryable) return { status: 'FAILED', error: failure }
      }
    }
  }

  /** A zombie that goes on under its old fence writes nothing and cannot end the run; one that is being canceled ends as such, whoever ends it. */
  async function settleZombie(
    { attempt, result }: { attempt: Attempt; result: Promise<PullResult> },
    until: Attempt['until'],
    canceled: Signal,
  ) {
    // one that stood still before it took a fence takes one now, and whoever is alive has to take another
    const compares = until === 'read' && attempt.fenced
    const before = compares ? await hooks.snapshot(attempt) : null
    attempt.thaw()
    const settled = await result.then((value) => value, ignore)
    if (!compares) return
    if (settled?.done) {
      const outcome = succeededWith(settled)
      const finished = await activities().finishEntity({ entityRunId: attempt.entityRunId, outcome })
      if (!('overtaken' in finished) && canceled.given) return
      assert('overtaken' in finished, `a zombie of ${attempt.entity} has ended its run`)
    }
    assert.deepEqual(await hooks.snapshot(attempt), before, `a zombie of ${attempt.entity} has written`)
  }

  const control: SyncControl = {
    schedules: noSchedules,
    async startRun({ syncRunId, connectionId }) {
      if (runs.has(syncRunId)) return syncRunId
      const run: PlayedRun = {
        connectionId,
        state: 'RUNNING',
        lost: new Signal(),
        canceled: new Map(),
        promoted: new Map(),
        done: Promise.resolve(),
      }
      runs.set(syncRunId, run)
      run.done = syncRun(syncRunId, run).finally(() => (run.state = 'CLOSED'))
      run.done.catch(ignore) // told by settled()
      return syncRunId
    },
    async cancelEntities(syncRunId, entities) {
      const run = runs.get(syncRunId)
      if (run) for (const entity of entities ?? modelEntities) signalOf(run.canceled, entity).give()
    },
    async startCleanup() {},
    async startDataDeletion() {},
    async readerClosed() {},
    async cancelWorkflow(workflowId) {
      await control.cancelEntities(workflowId.replace('sync-run/', ''), null)
    },
    stateOf: async (workflowId) => runs.get(workflowId.replace('sync-run/', ''))?.state ?? 'UNKNOWN',
    readerOf: async () => null,
    lastPolls: async () => polledNow(),
    workflowAttempts: async () => 1,
    async tellPromoted({ syncRunId, entityRunId }) {
      const run = runs.get(syncRunId)
      if (run) signalOf(run.promoted, entityRunId).give()
    },
  }

  return {
    control,
    lose(syncRunId: string) {
      runs.get(syncRunId)?.lost.give()
    },
    async settled(): Promise<void> {
      for (let seen = 0; seen < runs.size; ) {
        seen = runs.size
        await Promise.all([...runs.values()].map((run) => run.done))
      }
    },
    async settleLeftover() {
      // its run has ended: nothing is compared with how it stood
      for (const zombie of leftover) await settleZombie(zombie, 'ended', new Signal())
      leftover.clear()
    },
    async close() {},
  }
}

function succeededWith({ fence, watermark, judged }: Extract<PullResult, { done: true }>): Outcome {
  return { status: 'SUCCEEDED', fence, watermark, ...(judged === undefined ? {} : { judged }) }
}

function signalOf(signals: Map<string, Signal>, name: string): Signal {
  const known = signals.get(name)
  if (known) return known
  const made = new Signal()
  signals.set(name, made)
  return made
}
