import { getPriority, setPriority } from 'node:os'
import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { createActivities } from './activities/create-activities.ts'
import { digestMappingCode } from './activities/mapping-digest.ts'
import { createPlaces } from './activities/places.ts'
import { createSettling } from './activities/settling.ts'
import { readConfig, StartError } from './config.ts'
import { createSourceGates } from './connectors/http/source-gates.ts'
import { createOpenSource } from './connectors/open-source.ts'
import { announceReady, whenParentEnds } from './embedded/parent.ts'
import { connectTemporal, createConnectors, reachDatabase, reachingTemporal } from './foundation.ts'
import { createLogger, type Logger } from './log.ts'
import { destroyDoomedSecrets } from './operations/doomed-secrets.ts'
import { reconcile } from './operations/reconcile.ts'
import { rotateDueTokens } from './operations/rotate-due-tokens.ts'
import { settleLostDeliveries } from './operations/settle-lost-deliveries.ts'
import { startRounds } from './rounds.ts'
import { createSecretStore, createTokenDelivery } from './secrets/create-secret-store.ts'
import { readSecretSettings } from './secrets/settings.ts'
import { goodbye } from './store/goodbye.ts'
import { newId } from './store/ids.ts'
import { createSourceBudget } from './store/source-budget.ts'
import { createSyncControl } from './temporal/client.ts'
import { taskQueue } from './temporal/task-queue.ts'
import { createWorker, forwardSdkLogs } from './temporal/worker.ts'

const reconcileEveryMs = 10_000
const rotateTokensEveryMs = 10_000
const settleDeliveriesEveryMs = 30_000
const destroySecretsEveryMs = 30_000
/** As `nice` counts: on a full machine a third of what the API and PostgreSQL get. */
const priority = 5

const variables = [
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'SYNCLINE_ALLOWED_SOURCE_HOSTS',
  'SYNCLINE_DEMO_URL',
  'SYNCLINE_LOG_LEVEL',
] as const

async function main() {
  const config = readConfig(variables, process.env)
  const settings = readSecretSettings(process.env)
  const { DATABASE_URL, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = config
  const log = createLogger({ level: config.SYNCLINE_LOG_LEVEL })
  yieldCores(log)
  forwardSdkLogs(log)

  const db = await reachDatabase({
    url: DATABASE_URL,
    applicationName: 'syncline-worker',
    max: 12,
    onError: (err) => log.warn({ err }, 'PostgreSQL, or a connection to it, failed where nobody waits for an answer'),
  })

  const server = { address, namespace }
  const connection = await connectTemporal(server)
  const native = await reachingTemporal(server, () => NativeConnection.connect({ address }))
  const connectors = createConnectors(config.SYNCLINE_DEMO_URL)
  const stopping = new AbortController()
  const deps = {
    db,
    secrets: await createSecretStore({ db, settings, log }),
    temporal: createSyncControl(new Client({ connection, namespace }), taskQueue),
    connectors,
    openSource: createOpenSource(
      connectors,
      config.SYNCLINE_ALLOWED_SOURCE_HOSTS,
      createSourceGates(createSourceBudget(db, newId())),
    ),
    delivery: createTokenDelivery({ settings }),
    places: createPlaces(),
    settling: createSettling({ db, log, signal: stopping.signal }),
    mappingCode: digestMappingCode(),
    clock: () => new Date(),
    log,
  }
  const activities = createActivities(deps)
  const worker = await createWorker({ connection: native, namespace, taskQueue, activities, places: deps.places })
  const mend = () => reconcile(deps, stopping.signal)
  const stopReconciling = startRounds(reconcileEveryMs, mend, reportTo(log, 'reconciling'))
  const rotate = () => rotateDueTokens(deps, stopping.signal)
  const stopRotating = startRounds(rotateTokensEveryMs, rotate, reportTo(log, 'rotating tokens'))
  const settle = () => settleLostDeliveries(deps, stopping.signal)
  const stopSettling = startRounds(settleDeliveriesEveryMs, settle, reportTo(log, 'settling deliveries'))
  const destroy = () => destroyDoomedSecrets(deps, stopping.signal)
  const stopDestroying = startRounds(destroySecretsEveryMs, destroy, reportTo(log, 'destroying secrets'))

  const stop = () => {
    stopping.abort()
    worker.shutdown()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  whenParentEnds(stop)
  announceReady()
  await worker.run()
  await Promise.all([stopReconciling(), stopRotating(), stopSettling(), stopDestroying()])
  await Promise.all([native.close(), connection.close(), goodbye(db.close())])
  process.exit(0)
}

/** Who waits for an answer or an event goes before a batch; the threads that begin from here on inherit it. One that was started lower stays there. */
function yieldCores(log: Logger) {
  try {
    if (getPriority() < priority) setPriority(priority)
  } catch (err) {
    log.info({ err }, 'the worker keeps its priority: the system does not let it have a lower one. It works the same')
  }
}

const reportTo = (log: Logger, what: string) => (err: unknown) =>
  log.warn({ err }, `${what} failed; the next round tries again`)

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error)
  process.exit(1)
})
