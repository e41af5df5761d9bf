import { Client } from '@temporalio/client'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { startApiServer } from './http/api-server.ts'
import { ensureOwnerKey } from './auth/owner-key.ts'
import { readConfig, StartError } from './config.ts'
import { createOpenSource } from './connectors/open-source.ts'
import { dashboardFolder } from './http/dashboard-files.ts'
import { announceReady, whenParentEnds } from './embedded/parent.ts'
import { createConnectors, followTemporal, reachDatabase } from './foundation.ts'
import { createLogger } from './log.ts'
import { createOperations } from './operations/create-operations.ts'
import { watchWorkers } from './operations/watch-workers.ts'
import { createSecretStore, createTokenDelivery } from './secrets/create-secret-store.ts'
import { readSecretSettings } from './secrets/settings.ts'
import { goodbye } from './store/goodbye.ts'
import { createSyncControl } from './temporal/client.ts'
import { taskQueue } from './temporal/task-queue.ts'

const variables = [
  'HOST',
  'PORT',
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_UI_URL',
  'SYNCLINE_OWNER_KEY',
  'SYNCLINE_ALLOWED_SOURCE_HOSTS',
  'SYNCLINE_DEMO_URL',
  'SYNCLINE_PUBLIC_URL',
  'SYNCLINE_TRUSTED_PROXIES',
  'SYNCLINE_RATE_LIMIT',
  'SYNCLINE_INTROSPECTION',
  'SYNCLINE_METRICS_PORT',
  'SYNCLINE_METRICS_HOST',
  'SYNCLINE_GRAPHIQL',
  'SYNCLINE_LOG_LEVEL',
] as const

async function main() {
  const config = readConfig(variables, process.env)
  const settings = readSecretSettings(process.env)
  const { DATABASE_URL, TEMPORAL_NAMESPACE: namespace } = config
  const log = createLogger({ level: config.SYNCLINE_LOG_LEVEL })

  const db = await reachDatabase({
    url: DATABASE_URL,
    applicationName: 'syncline-api',
    max: 20,
    onError: (err) => log.warn({ err }, 'PostgreSQL, or a connection to it, failed where nobody waits for an answer'),
  })
  await ensureOwnerKey(db, { given: config.SYNCLINE_OWNER_KEY })

  const connection = await followTemporal({ address: config.TEMPORAL_ADDRESS, namespace }, (err) =>
    log.warn({ err }, 'Temporal is away: what is asked of it is kept until it is back'),
  )
  const temporal = createSyncControl(new Client({ connection, namespace }), taskQueue)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connectors = createConnectors(config.SYNCLINE_DEMO_URL)
  const delivery = createTokenDelivery({ settings })
  const server = await startApiServer({
    host: config.HOST,
    port: config.PORT,
    db,
    operations: createOperations({
      db,
      secrets: await createSecretStore({ db, settings, log }),
      temporal,
      connectors,
      openSource: createOpenSource(connectors, config.SYNCLINE_ALLOWED_SOURCE_HOSTS),
      delivery,
      log,
    }),
    lastPolls: temporal.lastPolls,
    systems: [...connectors.values()],
    workflowUrl: workflowPage(config.TEMPORAL_UI_URL, namespace),
    delivery,
    graphiql: config.SYNCLINE_GRAPHIQL,
    dashboard: dashboardFolder,
    surroundings: { publicUrl: config.SYNCLINE_PUBLIC_URL ?? null, trustedProxies: config.SYNCLINE_TRUSTED_PROXIES },
    operationsPerSecond: config.SYNCLINE_RATE_LIMIT,
    introspection: config.SYNCLINE_INTROSPECTION,
    metricsPort: config.SYNCLINE_METRICS_PORT ?? null,
    metricsHost: config.SYNCLINE_METRICS_HOST,
    registry,
    log,
  })

  const stopWatching = watchWorkers({ temporal, log })

  let stopping: Promise<void> | undefined
  const stop = () => {
    stopWatching()
    stopping ??= server
      .close()
      .then(() => delivery?.idle())
      .then(() => Promise.all([connection.close(), goodbye(db.close())]))
      .then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  whenParentEnds(stop)
  announceReady(server.url)
  log.info({ url: server.url }, 'the API is ready')
}

function workflowPage(uiUrl: string | undefined, namespace: string) {
  const workflows = uiUrl && `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`
  return (workflowId: string) => (workflows ? `${workflows}/${encodeURIComponent(workflowId)}` : null)
}

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error)
  process.exit(1)
})
