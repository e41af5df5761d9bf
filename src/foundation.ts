import { Connection } from '@temporalio/client'
import { StartError } from './config.ts'
import { createDemoConnector } from './connectors/demo/demo-connector.ts'
import { createODataConnector } from './connectors/odata/connector.ts'
import { createRegistry, type Registry } from './connectors/registry.ts'
import { databaseFailure, temporalFailure } from './embedded/unreachable.ts'
import { type Database, type DatabaseOptions, openDatabase } from './store/database.ts'
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
    const connection = await Connection.connect({ address, connectTimeout: '10s' })
    await connection.workflowService.describeNamespace({ namespace })
    await registerSearchAttributes(connection, namespace)
    return connection
  })
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
