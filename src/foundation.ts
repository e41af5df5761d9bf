import { Connection } from '@temporalio/client'
import { StartError } from './config.ts'
import { createDemoConnector } from './connectors/demo/demo-connector.ts'
import { createODataConnector } from './connectors/odata/connector.ts'
import { createRegistry, type Registry } from './connectors/registry.ts'
import { databaseFailure, temporalFailure } from './embedded/unreachable.ts'
import { type Database, type DatabaseOptions, openDatabase } from './store/database.ts'
import { isAway } from './temporal/away.ts'
import { retryWithinDeadline } from './temporal/retry-within-deadline.ts'
import { registerSearchAttributes } from './temporal/search-attributes.ts'

/** What the API and the worker both stand on. Whatever cannot be reached throws StartError, which names its variable. */

export async function reachDatabase(options: DatabaseOptions): Promise<Database> {
  const db = openDatabase(options)
  await db.pool.query('SELECT 1').catch((error: unknown) => {
    throw new StartError(databaseFailure(options.url, error), { cause: error })
  })
  return db
}

export interface TemporalServer {
  address: string
  namespace: string
}

export function connectTemporal(server: TemporalServer): Promise<Connection> {
  return reachingTemporal(server, async ({ address, namespace }) => {
    const connection = await Connection.connect({ address, connectTimeout: '10s', ...patience })
    await prepareNamespace(connection, namespace)
    return connection
  })
}

/**
 * For a process that has work to do without Temporal: where it is away, `onAway` is told, and it is reached when it is back. What is not known of
 * the namespace then, the workers make known: none of them works without. A namespace that is not there is still a StartError.
 */
export function followTemporal(server: TemporalServer, onAway: (error: unknown) => void): Promise<Connection> {
  return reachingTemporal(server, async ({ address, namespace }) => {
    const connection = Connection.lazy({ address, ...patience })
    try {
      await connection.withDeadline(Date.now() + startPatienceMs, () => prepareNamespace(connection, namespace))
    } catch (error) {
      if (!isAway(error)) throw error
      onAway(error)
    }
    return connection
  })
}

const patience = {
  // by itself gRPC would wait up to two minutes after a long outage before it tries again
  channelArgs: { 'grpc.max_reconnect_backoff_ms': 5_000 },
  interceptors: [retryWithinDeadline],
}
const startPatienceMs = 5_000

async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.describeNamespace({ namespace })
  await registerSearchAttributes(connection, namespace)
}

export async function reachingTemporal<T>(
  server: TemporalServer,
  work: (server: TemporalServer) => Promise<T>,
): Promise<T> {
  try {
    return await work(server)
  } catch (error) {
    throw new StartError(temporalFailure(server.address, server.namespace, error), { cause: error })
  }
}

/** Every system that can be connected. `demoUrl`: where demo connections without a baseUrl of their own read. */
export function createConnectors(demoUrl: string | undefined): Registry {
  return createRegistry([createDemoConnector({ defaultBaseUrl: demoUrl ?? null }), createODataConnector()])
}
