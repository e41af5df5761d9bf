import { Client, Connection } from '@temporalio/client'
import { startApiServer } from './api-server.ts'
import { ensureOwnerKey } from './auth/owner-key.ts'
import { readConfig, StartError } from './config.ts'
import { createDemoConnector } from './connectors/demo/demo-connector.ts'
import { createODataConnector } from './connectors/odata/connector.ts'
import { createOpenSource } from './connectors/open-source.ts'
import { createRegistry } from './connectors/registry.ts'
import { announceReady, whenParentEnds } from './embedded/parent.ts'
import { databaseFailure, temporalFailure } from './embedded/unreachable.ts'
import { createLogger } from './log.ts'
import { createOperations } from './operations/create-operations.ts'
import { createLocalSecretStore } from './secrets/local.ts'
import { openDatabase } from './store/database.ts'
import { createSyncControl } from './temporal/client.ts'
import { registerSearchAttributes } from './temporal/search-attributes.ts'
import { taskQueue } from './temporal/task-queue.ts'

const variables = [
  'HOST',
  'PORT',
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_UI_URL',
  'SECRET_STORE',
  'SYNCLINE_OWNER_KEY',
  'SYNCLINE_ENCRYPTION_KEYS',
  'SYNCLINE_ALLOWED_SOURCE_HOSTS',
  'SYNCLINE_DEMO_URL',
  'SYNCLINE_GRAPHIQL',
  'SYNCLINE_LOG_LEVEL',
] as const

async function main() {
  const config = readConfig(variables, process.env)
  const { DATABASE_URL, TEMPORAL_NAMESPACE: namespace } = config
  const log = createLogger({ level: config.SYNCLINE_LOG_LEVEL })

  const db = openDatabase({
    url: DATABASE_URL,
    applicationName: 'syncline-api',
    max: 20,
    onError: (err) => log.warn({ err }, 'a database connection failed'),
  })
  await db.pool.query('SELECT 1').catch((error: unknown) => {
    throw new StartError(databaseFailure(DATABASE_URL, error), { cause: error })
  })
  await ensureOwnerKey(db, { given: config.SYNCLINE_OWNER_KEY })

  const connection = await connectTemporal(config.TEMPORAL_ADDRESS, namespace)
  const connectors = createRegistry([
    createDemoConnector({ defaultBaseUrl: config.SYNCLINE_DEMO_URL ?? null }),
    createODataConnector(),
  ])
  const server = await startApiServer({
    host: config.HOST,
    port: config.PORT,
    db,
    operations: createOperations({
      db,
      secrets: createLocalSecretStore(db, config.SYNCLINE_ENCRYPTION_KEYS),
      temporal: createSyncControl(new Client({ connection, namespace }), taskQueue),
      connectors,
      openSource: createOpenSource(connectors, config.SYNCLINE_ALLOWED_SOURCE_HOSTS),
      log,
    }),
    systems: [...connectors.values()],
    workflowUrl: workflowPage(config.TEMPORAL_UI_URL, namespace),
    graphiql: config.SYNCLINE_GRAPHIQL,
    log,
  })

  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= server
      .close()
      .then(() => Promise.all([connection.close(), db.close()]))
      .then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  whenParentEnds(stop)
  announceReady(server.url)
  log.info({ url: server.url }, 'the API is ready')
}

async function connectTemporal(address: string, namespace: string): Promise<Connection> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '10s' })
    await connection.workflowService.describeNamespace({ namespace })
    await registerSearchAttributes(connection, namespace)
    return connection
  } catch (error) {
    throw new StartError(temporalFailure(address, namespace, error), { cause: error })
  }
}

function workflowPage(uiUrl: string | undefined, namespace: string) {
  const workflows = uiUrl && `${uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`
  return (workflowId: string) => (workflows ? `${workflows}/${encodeURIComponent(workflowId)}` : null)
}

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error)
  process.exit(1)
})
