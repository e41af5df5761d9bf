import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import type { Caller } from '../src/auth/caller.ts'
import { createDemoConnector } from '../src/connectors/demo/demo-connector.ts'
import { createOpenSource } from '../src/connectors/open-source.ts'
import { createRegistry } from '../src/connectors/registry.ts'
import { startEmbeddedPostgres } from '../src/embedded/postgres/start.ts'
import { findTemporalCli } from '../src/embedded/temporal/cli.ts'
import { startEmbeddedTemporal } from '../src/embedded/temporal/start.ts'
import { workerEnvironment, workerNodeFlags } from '../src/embedded/worker-flags.ts'
import { createLogger } from '../src/log.ts'
import type { SyncedEntity } from '../src/model/entities.ts'
import { createOperations } from '../src/operations/create-operations.ts'
import { createLocalSecretStore } from '../src/secrets/local.ts'
import { openDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { createSyncControl } from '../src/temporal/client.ts'
import { taskQueue } from '../src/temporal/task-queue.ts'
import { startProgram } from './child.ts'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/**
 * What a benchmark runs on: a PostgreSQL and a Temporal server of its own, a demo source and one worker, each a process of its own, and the
 * operations in this one. stop() removes all of it.
 */
export async function setStage(records: number, others = 10, moreSettings: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-bench-'))
  chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
  const settings = [
    'shared_buffers=512MB',
    'max_wal_size=4GB',
    'checkpoint_timeout=15min',
    ...moreSettings,
    ...(process.env['BENCH_POSTGRES_SETTINGS']?.split(' ') ?? []),
  ]
  const dataDir = join(folder, 'postgres')
  const postgres = await startEmbeddedPostgres({ dataDir, database: 'syncline', port: 0, settings })
  await migrate(postgres.url, at('prisma/migrations'))
  const cli = await findTemporalCli({
    folder: at('node_modules/.cache/syncline/temporal'),
    searchPath: process.env['PATH'] ?? '',
  })
  const temporal = await startEmbeddedTemporal({
    executable: cli.path,
    dataDir: join(folder, 'temporal'),
    namespace: 'default',
    port: 0,
    uiPort: null,
  })
  const source = await startProgram('./demo-source.ts', [String(records), String(others)])
  const sourceUrl = String(source.message['url'])
  const key = randomBytes(32)
  const settingsOfBoth = {
    PATH: process.env['PATH'],
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    SYNCLINE_ENCRYPTION_KEYS: `bench:${key.toString('base64')}`,
    SYNCLINE_ALLOWED_SOURCE_HOSTS: '127.0.0.1',
    SYNCLINE_DEMO_URL: sourceUrl,
    SYNCLINE_LOG_LEVEL: 'warn',
  }
  const workerSettings = { ...workerEnvironment, ...settingsOfBoth }
  const workerFlags = [...workerNodeFlags, ...(process.env['BENCH_WORKER_FLAGS']?.split(' ') ?? [])]
  const startWorker = () => startProgram('../src/worker.ts', [], workerSettings, workerFlags)
  const worker = await startWorker()
  const moreWorkers: Awaited<ReturnType<typeof startWorker>>[] = []

  const log = createLogger({ level: 'warn' })
  const db = openDatabase({
    url: postgres.url,
    applicationName: 'bench',
    max: 4,
    onError: (err) => log.error({ err }, 'database'),
  })
  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection })
  const connectors = createRegistry([createDemoConnector({ defaultBaseUrl: sourceUrl })])
  const operations = createOperations({
    db,
    secrets: createLocalSecretStore(db, [{ id: 'bench', key }]),
    temporal: createSyncControl(client, taskQueue),
    connectors,
    openSource: createOpenSource(connectors, ['127.0.0.1']),
    log,
  })
  const environment = await db.prisma.environment.findUniqueOrThrow({ where: { name: 'production' } })
  const owner: Caller = {
    kind: 'OWNER',
    id: 'owner',
    environmentId: environment.id,
    scopes: new Set(),
    connectionId: null,
    ip: null,
  }

  return {
    postgres,
    sourceUrl,
    worker,
    /** The environment of an API process on the same servers, for whoever needs one. */
    apiSettings: { ...settingsOfBoth, PORT: '0', SYNCLINE_OWNER_KEY: randomBytes(32).toString('hex') },
    db,
    operations,
    owner,
    connect: (name: string, entities: SyncedEntity[], config: Record<string, unknown>) =>
      operations.createConnection(owner, {
        system: 'demo',
        name,
        config,
        credentials: {},
        entities,
        historyDays: 3_650,
      }),
    /** Waits for the run's end; throws unless it succeeded. */
    async succeeded(syncRunId: string) {
      await client.workflow.getHandle(`sync-run/${syncRunId}`).result()
      const run = await db.prisma.syncRun.findUniqueOrThrow({ where: { id: syncRunId }, include: { entities: true } })
      if (run.status !== 'SUCCEEDED') throw new Error(`the run ended ${run.status}: ${run.entities[0]?.errorMessage}`)
      return run
    },
    async addWorker() {
      moreWorkers.push(await startWorker())
    },
    async stop() {
      for (const it of [worker, ...moreWorkers]) await it.stop()
      await source.stop()
      await connection.close()
      await db.close()
      await temporal.stop()
      await postgres.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

export type Stage = Awaited<ReturnType<typeof setStage>>
