import { randomBytes } from 'node:crypto'
import { mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import type { Caller } from '../../src/auth/caller.ts'
import { createDemoConnector } from '../../src/connectors/demo/demo-connector.ts'
import { createOpenSource } from '../../src/connectors/open-source.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/start.ts'
import { findTemporalCli } from '../../src/embedded/temporal/cli.ts'
import { startEmbeddedTemporal } from '../../src/embedded/temporal/start.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createLocalSecretStore } from '../../src/secrets/local.ts'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { taskQueue } from '../../src/temporal/task-queue.ts'
import { startProgram } from './child.ts'

/**
 * Rows a second from source to committed rows, through the whole product, against a hand-tuned loader in the same run: pairs of both, in turn, each into
 * an empty table. Usage: node --import tsx bench/ingest/run.ts [records] [pairs]
 */
const records = Number(process.argv[2] ?? 200_000)
const pairs = Number(process.argv[3] ?? 5)
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'syncline-bench-'))
chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
const settings = ['shared_buffers=512MB', 'max_wal_size=4GB', 'checkpoint_timeout=15min']
const postgres = await startEmbeddedPostgres({
  dataDir: join(folder, 'postgres'),
  database: 'syncline',
  port: 0,
  settings,
})
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
const source = await startProgram('./demo-source.ts', [String(records)])
const sourceUrl = String(source.message['url'])
const key = randomBytes(32)
const worker = await startProgram('../../src/worker.ts', [], {
  PATH: process.env['PATH'],
  DATABASE_URL: postgres.url,
  TEMPORAL_ADDRESS: temporal.address,
  SYNCLINE_ENCRYPTION_KEYS: `bench:${key.toString('base64')}`,
  SYNCLINE_ALLOWED_SOURCE_HOSTS: '127.0.0.1',
  SYNCLINE_DEMO_URL: sourceUrl,
  SYNCLINE_LOG_LEVEL: 'warn',
})

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

const ratios: number[] = []
try {
  console.log(`${records} purchase orders; rows a second`)
  for (let pair = 1; pair <= pairs; pair++) {
    const product = await measured(throughProduct)
    const loader = await measured(throughLoader)
    ratios.push(product.rate / loader.rate)
    console.log(
      `pair ${pair}: product ${format(product)}, loader ${format(loader)}, ratio ${(product.rate / loader.rate).toFixed(2)}; worker at most ${peakMb(worker.pid)} MB`,
    )
  }
  ratios.sort((a, b) => a - b)
  console.log(`median ratio ${(ratios[Math.floor(ratios.length / 2)] ?? 0).toFixed(2)}`)
} finally {
  await worker.stop()
  await source.stop()
  await connection.close()
  await db.close()
  await temporal.stop()
  await postgres.stop()
  rmSync(folder, { recursive: true })
}

interface Measure {
  rate: number
  workerCpuMs: number
}

async function measured(load: () => Promise<{ rows: number; ms: number }>): Promise<Measure> {
  await db.pool.query('TRUNCATE record')
  await db.pool.query('CHECKPOINT')
  const before = cpuMs(worker.pid)
  const { rows, ms } = await load()
  if (rows !== records) throw new Error(`${rows} rows of ${records} arrived`)
  return { rate: rows / (ms / 1000), workerCpuMs: cpuMs(worker.pid) - before }
}

async function throughProduct() {
  const created = await operations.createConnection(owner, {
    system: 'demo',
    name: 'bench',
    config: { pageSize: 5_000 },
    credentials: {},
    entities: ['PURCHASE_ORDER'],
    historyDays: 3_650,
  })
  await client.workflow.getHandle(`sync-run/${created.syncRunId}`).result()
  const run = await db.prisma.syncRun.findUniqueOrThrow({
    where: { id: created.syncRunId },
    include: { entities: true },
  })
  if (run.status !== 'SUCCEEDED') throw new Error(`the run ended ${run.status}: ${run.entities[0]?.errorMessage}`)
  // what the caller waits for: from the request to the end of the run
  const ms = (run.finishedAt?.getTime() ?? 0) - run.requestedAt.getTime()
  const rows = await db.prisma.record.count()
  await operations.disconnectConnection(owner, { connectionId: created.connectionId })
  return { rows, ms }
}

async function throughLoader() {
  const loader = await startProgram('./loader.ts', [postgres.url, sourceUrl])
  await loader.stop()
  return loader.message as { rows: number; ms: number } // as it sends it
}

function format({ rate, workerCpuMs }: Measure): string {
  const cpu = workerCpuMs > 100 ? ` (${((workerCpuMs * 1000) / records).toFixed(0)} µs of worker CPU a row)` : ''
  return `${Math.round(rate).toLocaleString('en')}${cpu}`
}

/** User and system time of a process so far, from /proc; 0 where there is none. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

function peakMb(pid: number): string {
  try {
    return (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024).toFixed(0)
  } catch {
    return '?'
  }
}
