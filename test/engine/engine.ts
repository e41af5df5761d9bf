import { randomBytes, randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { inject } from 'vitest'
import { createActivities } from '../../src/activities/create-activities.ts'
import { createPlaces, type PlaceLimits } from '../../src/activities/places.ts'
import type { Caller } from '../../src/auth/caller.ts'
import type { Connector } from '../../src/connectors/contract.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createSourceGates } from '../../src/connectors/http/source-gates.ts'
import { createOpenSource } from '../../src/connectors/open-source.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { createDemoSource, type DemoSourceOptions } from '../../src/embedded/demo-source/create-demo-source.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { createSourceBudget } from '../../src/store/source-budget.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { registerSearchAttributes } from '../../src/temporal/search-attributes.ts'
import { createWorker, type SyncWorker } from '../../src/temporal/worker.ts'
import { freshDatabase } from '../database.ts'
import { forwardSdkLogsOnce } from '../sdk-logs.ts'

export type Engine = Awaited<ReturnType<typeof startEngine>>

/**
 * Everything of a sync but the API: a demo source, a fresh database, the operations and, on a task queue of its own, a worker on the run's Temporal
 * server.
 */
export async function startEngine(
  options: Omit<DemoSourceOptions, 'anchor'> & { anchor?: Date } = {},
  temporalAt: { namespace?: string; taskQueue?: string } = {},
  tamper: (connector: Connector) => Connector = (connector) => connector,
) {
  const log = createLogger({ level: process.env['TEST_LOG'] ? 'debug' : 'error' })
  const demo = await createDemoSource({ anchor: new Date(Date.now() - 60_000), ...options })
  const db = openDatabase({
    url: await freshDatabase(),
    applicationName: 'test',
    max: 10,
    onError: (err) => log.error({ err }, 'database'),
  })
  const address = inject('temporalAddress')
  const { namespace = 'default', taskQueue = `test-${randomUUID()}` } = temporalAt
  const connection = await Connection.connect({ address })
  await registerSearchAttributes(connection, namespace)
  const client = new Client({ connection, namespace })
  const key = randomBytes(32)
  const connectors = createRegistry([tamper(createDemoConnector({ defaultBaseUrl: demo.url }))])
  const deps = {
    db,
    secrets: createLocalSecretStore(db, [{ id: 'test', key }]),
    temporal: createSyncControl(client, taskQueue),
    connectors,
    openSource: createOpenSource(connectors, ['127.0.0.1'], createSourceGates(createSourceBudget(db, randomUUID()))),
    places: createPlaces(),
    settling: { ended: () => {} },
    mappingCode: 'test',
    clock: () => new Date(),
    log,
  }
  const owner = await ownerOf(db)
  const workers: { worker: SyncWorker; native: NativeConnection; running: Promise<void> }[] = []

  return {
    demo,
    db,
    deps,
    client,
    owner,
    taskQueue,
    /** The variables with which a worker process takes part. */
    workerEnvironment: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: db.url,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      SYNCLINE_ENCRYPTION_KEYS: `test:${key.toString('base64')}`,
      SYNCLINE_ALLOWED_SOURCE_HOSTS: '127.0.0.1',
    },
    operations: createOperations(deps),

    async startWorker(limits?: PlaceLimits) {
      forwardSdkLogsOnce(log)
      const native = await NativeConnection.connect({ address })
      const places = createPlaces(limits)
      const worker = await createWorker({
        connection: native,
        namespace: 'default',
        taskQueue,
        activities: createActivities({ ...deps, places }),
        places,
      })
      workers.push({ worker, native, running: worker.run() })
    },

    /** Waits for the run's RUN_FINISHED event and answers the run as stored. */
    async finished(syncRunId: string) {
      return client.workflow
        .getHandle(`sync-run/${syncRunId}`)
        .result()
        .then(() => db.prisma.syncRun.findUniqueOrThrow({ where: { id: syncRunId }, include: { entities: true } }))
    },

    async stop() {
      for (const { worker, native, running } of workers) {
        worker.shutdown()
        await running
        await native.close()
      }
      await connection.close()
      await db.close()
      await demo.close()
    },
  }
}

async function ownerOf(db: Database): Promise<Caller> {
  const environment = await db.prisma.environment.findUniqueOrThrow({ where: { name: 'production' } })
  return {
    kind: 'OWNER',
    id: 'owner',
    environmentId: environment.id,
    scopes: new Set<Scope>(),
    connectionId: null,
    ip: null,
  }
}
