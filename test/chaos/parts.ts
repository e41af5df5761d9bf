import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { anyFreePort } from '../../src/embedded/ports.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres/start.ts'
import { startEmbeddedTemporal } from '../../src/embedded/temporal/start.ts'
import { migrate } from '../../src/store/migrate.ts'

export const victims = ['worker', 'postgres', 'temporal', 'api'] as const
/** The second API process is there where it was asked for. */
export type Victim = (typeof victims)[number] | 'api2'

export const ownerKey = 'the-owner-key-of-the-chaos-test-0123456789'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A part that can be killed and started again in its place. */
interface Part {
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PartsOptions {
  temporalCli: string
  demoUrl: string
  /** With another API process beside the first. */
  twoApis?: boolean
}

/** Syncline as processes of its own, on a PostgreSQL that flushes and a Temporal server with a database file. */
export async function startParts({ temporalCli, demoUrl, twoApis = false }: PartsOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-chaos-'))
  chmodSync(folder, 0o711) // as root PostgreSQL runs as another user, who must pass through it
  const [postgresPort, temporalPort] = [await anyFreePort(), await anyFreePort()]
  const [apiPort, secondPort] = [await anyFreePort(), await anyFreePort()]
  const parts = new Map<Victim, Part>()

  const postgres = await startPostgres(folder, postgresPort)
  parts.set('postgres', postgres)
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    SYNCLINE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SYNCLINE_ALLOWED_SOURCE_HOSTS: '127.0.0.1',
    SYNCLINE_DEMO_URL: demoUrl,
    SYNCLINE_LOG_LEVEL: 'warn',
  }

  async function stop() {
    for (const victim of ['api', 'api2', 'worker', 'temporal', 'postgres'] as const) await parts.get(victim)?.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await migrate(postgres.url, at('prisma/migrations'))
    parts.set('temporal', await startTemporal(folder, temporalPort, temporalCli))
    const apiOn = (port: number) => ({ ...environment, PORT: String(port), SYNCLINE_OWNER_KEY: ownerKey })
    parts.set('worker', await startProgram(folder, 'worker', environment))
    parts.set('api', await startProgram(folder, 'api', apiOn(apiPort)))
    if (twoApis) parts.set('api2', await startProgram(folder, 'api', apiOn(secondPort), 'api2'))
  } catch (error) {
    await stop()
    throw error
  }

  return {
    databaseUrl: postgres.url,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    secondApiUrl: `http://127.0.0.1:${secondPort}`,
    /** kill -9, and then what an operator or a supervisor does. */
    async killAndRestart(victim: Victim) {
      await parts.get(victim)?.kill()
      await parts.get(victim)?.start()
    },
    /** The ends of the programs' logs, for whoever looks into a failure. */
    logs: () => ['worker', 'api', 'api2'].map((name) => endOf(join(folder, `${name}.log`))).join('\n'),
    stop,
  }
}

async function startPostgres(folder: string, port: number): Promise<Part & { url: string }> {
  const start = () => startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), database: 'syncline', port })
  let server = await start()
  return {
    url: server.url,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.ended
    },
    async start() {
      server = await untilStarted(start)
    },
    stop: () => server.stop(),
  }
}

async function startTemporal(folder: string, port: number, executable: string): Promise<Part> {
  const start = () =>
    startEmbeddedTemporal({
      executable,
      dataDir: join(folder, 'temporal'),
      namespace: 'default',
      port,
      uiPort: null,
    })
  let server = await start()
  return {
    async kill() {
      process.kill(-server.pid, 'SIGKILL') // the guard and what it guards
      await server.ended
    },
    async start() {
      server = await untilStarted(start)
    },
    stop: () => server.stop(),
  }
}

async function startProgram(
  folder: string,
  name: 'worker' | 'api',
  environment: Record<string, string>,
  called: string = name,
): Promise<Part> {
  const logFile = join(folder, `${called}.log`)
  const start = async (): Promise<Child> => {
    const child = startChild({ name, script: at(`src/${name}.ts`), environment, logFile })
    try {
      await child.ready
    } catch (error) {
      await child.stop()
      throw error
    }
    return child
  }
  let child = await start()
  return {
    async kill() {
      process.kill(child.pid, 'SIGKILL')
      await child.ended
    },
    async start() {
      child = await untilStarted(start)
    },
    stop: () => child.stop(),
  }
}

/** What was killed may hold its port, its memory or its lock for a moment longer; a supervisor tries again as well. */
async function untilStarted<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 8) throw error
    }
  }
}

function endOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-4_000)
  } catch {
    return ''
  }
}
