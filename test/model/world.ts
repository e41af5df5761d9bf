import assert from 'node:assert/strict'
import { batchLimits } from '../../src/activities/batches.ts'
import { createActivities } from '../../src/activities/create-activities.ts'
import { createPlaces } from '../../src/activities/places.ts'
import type { Failure } from '../../src/activities/activities.ts'
import type { Source } from '../../src/connectors/contract.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { AccessDenied, CredentialsRejected, SourceUnavailable } from '../../src/connectors/errors.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { OperationError } from '../../src/operations/errors.ts'
import { reconcile } from '../../src/operations/reconcile.ts'
import type { Database } from '../../src/store/database.ts'
import { type Attempt, currentAttempt } from './attempt.ts'
import { breakable, connectionLost } from './breakable-database.ts'
import type { Ground } from './ground.ts'
import { createMoments } from './moments.ts'
import { createObservedOpenSource } from './observed-source.ts'
import { createOracle, type Oracle } from './oracle.ts'
import { playWorkflows } from './played-workflows.ts'
import { realWorkflows } from './real-workflows.ts'
import {
  type Act,
  explained,
  type LongerHistory,
  type ModelEntity,
  modelEntities,
  type Sequence,
  type Step,
  type Sync,
} from './sequence.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'
import { startSource } from './source-model.ts'

/** A bug that the comparison has to find: between the source and a run, or in the statements of transactions. */
export interface Planted {
  source?: (source: Source, db: Database) => Source
  statement?: (text: string) => string
}

/** Plays one sequence and compares after every run what is stored with what has to be. */
export async function play(
  { db, secrets, owner, temporal }: Ground,
  { setup, moments, steps }: Sequence,
  planted: Planted = {},
): Promise<void> {
  const source = await startSource(setup)
  const { arm, due } = createMoments((attempt) => attempts.add(attempt))
  const background: Promise<unknown>[] = []
  const attempts = new Set<Attempt>()
  let connectionId = ''
  let { historyDays } = setup
  let disconnected = false
  let startsLost = 0

  const broken = breakable(db, {
    async beforeBegin() {
      const attempt = currentAttempt.getStore()
      for (const act of due('begin')) await perform(act)
      if (attempt) attempt.fenced = true
    },
    async beforeCommit() {
      let verdict: 'commit' | 'lose' | 'hide' = 'commit'
      for (const act of due('commit')) {
        if (act.do === 'store fails') verdict = act.committed ? 'hide' : 'lose'
        // the transaction holds the gate: what waits for it must not be waited for
        else background.push(perform(act))
      }
      return verdict
    },
    afterCommit: async () => oracle?.look(),
    plant: planted.statement,
  })
  const log = createLogger({ level: 'error' })
  log.warn = () => {} // interruptions are what this is about
  const connectors = createRegistry([createDemoConnector({ defaultBaseUrl: source.url })])
  const hooks = {
    snapshot: async (attempt: Attempt) => oracle?.snapshot(attempt),
    explain,
    async aboutRun(entityRunId: string) {
      const { syncRunId, entity } = await db.prisma.entityRun.findUniqueOrThrow({ where: { id: entityRunId } })
      return { syncRunId, entity: entity as ModelEntity } // the model's connections have no other
    },
  }
  const workflows = temporal
    ? await realWorkflows(temporal, () => activities, hooks)
    : playWorkflows(() => activities, hooks)
  const deps = {
    db: broken,
    secrets,
    connectors,
    log,
    openSource: createObservedOpenSource(connectors, setup, {
      async beforeRequest() {
        oracle?.beginsReading(currentAttempt.getStore())
        for (const act of due('request')) await perform(act)
      },
      async beforeAnswer() {
        for (const act of due('answer')) await perform(act)
      },
      plant: planted.source && ((source) => planted.source?.(source, db) ?? source),
    }),
    temporal: {
      ...workflows.control,
      async startRun(run: Parameters<SyncControl['startRun']>[0]) {
        if (startsLost > 0) {
          startsLost -= 1
          throw new Error('Temporal is away')
        }
        connectionId = run.connectionId
        oracle ??= await createOracle(db, connectionId, source, setup)
        return workflows.control.startRun(run)
      },
    },
    places: createPlaces(),
    settling: { ended: () => {} },
    mappingCode: 'test',
    clock: () => new Date(source.ours()),
  }
  const activities = createActivities(deps)
  const operations = createOperations(deps)
  let oracle: Oracle | undefined

  try {
    batchLimits.rows = setup.batchRows
    arm(moments)
    await operations.createConnection(owner, {
      system: 'demo',
      name: 'Model',
      config: { pageSize: setup.pageSize, lagSeconds: setup.lagSeconds },
      credentials: {},
      entities: modelEntities,
      historyDays: setup.historyDays,
    })
    source.breakDown()
    await settle()
    for (const step of steps) {
      if (!disconnected) await take(step)
    }
    assert(oracle)
    if (disconnected) await oracle.checkFrozen(async () => sync({ mode: 'FULL_RESYNC', entities: ['PART'] }))
    else await rest(oracle)
  } finally {
    for (const attempt of attempts) attempt.thaw()
    if (connectionId !== '') await operations.disconnectConnection(owner, { connectionId })
    await workflows.settled().catch(() => {}) // the failure that brought us here is told
    await Promise.allSettled(background)
    await workflows.close()
    await source.close()
  }

  async function perform(act: Act): Promise<void> {
    const attempt = currentAttempt.getStore()
    assert(attempt)
    switch (act.do) {
      case 'write':
        source.advance(act.ms)
        return source.write(act.write)
      case 'source fails':
        throw new SourceUnavailable('it is away for a moment')
      case 'source refuses':
        oracle?.excuse(attempt.entityRunId, 'FAILED')
        throw act.with === 'AccessDenied' ? new AccessDenied('no') : new CredentialsRejected('no')
      case 'taken over':
        return attempt.env ? attempt.freeze(act.until) : undefined
      case 'worker stops':
        return attempt.env?.cancel('WORKER_SHUTDOWN')
      case 'workflow lost':
        if (!attempt.env) return
        oracle?.excuseRun(attempt.syncRunId, 'FAILED')
        workflows.lose(attempt.syncRunId)
        return
      case 'store fails':
        throw connectionLost()
      default: {
        const done = outsideAttempt(act, attempt)
        background.push(done) // the attempt may end without waiting for it
        return done
      }
    }
  }

  /** What a caller does: not part of the attempt, whose moments it must not count. */
  function outsideAttempt(
    act: Extract<Act, { do: 'cancel' | 'sync' | 'longer history' | 'disconnect' }>,
    attempt: Attempt,
  ): Promise<void> {
    return currentAttempt.exit(async () => {
      if (act.do === 'sync') return sync(act.sync)
      if (act.do === 'longer history') return update(act)
      if (act.do === 'disconnect') return disconnect()
      oracle?.excuseRun(attempt.syncRunId, 'CANCELED', act.all ? null : attempt.entity)
      await operations.cancelSync(owner, {
        syncRunId: attempt.syncRunId,
        entities: act.all ? null : [attempt.entity],
      })
    })
  }

  async function take(step: Step): Promise<void> {
    switch (step.step) {
      case 'write':
        return source.write(step.write)
      case 'clock':
        return source.advance(step.ms)
      case 'clock back':
        // what a clock has stamped before there was a good run is read when the clock comes to it again
        return oracle?.hasSucceeded() ? source.setClockBack(step.ms) : undefined
      case 'update':
        return update(step.change)
      case 'disconnect':
        return disconnect()
      case 'sync':
        arm(step.moments, step.sync.entities)
        startsLost = step.temporalAway ? 1 : 0
        await sync(step.sync)
        return settle()
    }
  }

  async function sync({ mode, entities }: Sync): Promise<void> {
    try {
      await operations.startSync(owner, { connectionId, mode, entities })
    } catch (error) {
      if (!(error instanceof OperationError)) throw error
      assert(disconnected && error.code === 'CONNECTION_DISCONNECTED', `startSync was refused: ${error.message}`)
    }
  }

  async function update({ days }: LongerHistory) {
    historyDays = Math.min(3_650, historyDays + days)
    oracle?.hasHistory(historyDays)
    try {
      await operations.updateConnection(owner, { connectionId, historyDays })
    } catch (error) {
      if (!(error instanceof OperationError)) throw error
      assert(disconnected && error.code === 'CONNECTION_DISCONNECTED', `updateConnection was refused: ${error.message}`)
    }
  }

  async function disconnect() {
    disconnected = true
    await operations.disconnectConnection(owner, { connectionId })
    await oracle?.disconnected()
  }

  /** Until nothing runs any more; the reconciler sees to what was lost. Then everything is checked. */
  async function settle(): Promise<void> {
    for (let round = 0; ; round++) {
      await workflows.settled()
      await Promise.all(background.splice(0))
      await workflows.settled()
      if ((await oracle?.open()) === 0) break
      assert(round < 5, 'a run is "already running" though nothing runs')
      await db.pool.query(`UPDATE sync_run SET requested_at = now() - interval '1 minute' WHERE connection_id = $1`, [
        connectionId,
      ])
      await reconcile({ ...deps, db })
    }
    await workflows.settleLeftover()
    await oracle?.check()
  }

  /** The source is quiet: an incremental run brings what is missing, a full re-sync takes away what is gone. */
  async function rest(judge: Oracle) {
    arm([])
    source.mend()
    source.advance(10_000)
    await sync({ mode: 'INCREMENTAL', entities: [...modelEntities] })
    await settle()
    await judge.checkComplete()
    const expected = judge.beforeQuietResync()
    await sync({ mode: 'FULL_RESYNC', entities: [...modelEntities] })
    await settle()
    await judge.checkQuietResync(expected)
  }

  function explain(attempt: Attempt, failure: Failure) {
    assert(explained.has(failure.code), `${attempt.entity} failed: ${JSON.stringify(failure)}`)
  }
}
