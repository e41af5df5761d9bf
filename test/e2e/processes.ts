import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { type Child, startChild } from '../../src/embedded/child.ts'
import { startEmbeddedTemporal } from '../../src/embedded/temporal/start.ts'
import { freshDatabase } from '../database.ts'
import { callerOf } from './graphql-client.ts'

export const ownerKey = 'the-owner-key-of-the-end-to-end-tests-0123456789'

const program = (name: string) => fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url))

export type Syncline = Awaited<ReturnType<typeof startSyncline>>

export interface SynclineOptions {
  /** What connections of system "demo" without a baseUrl read. */
  demoUrl?: string
}

/**
 * The product as an operator runs it: an API and a worker process on a database and a Temporal server of their own, since every worker
 * listens on the same task queue.
 */
export async function startSyncline({ demoUrl }: SynclineOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-e2e-'))
  const children: Child[] = []
  const [databaseUrl, temporal] = await Promise.all([
    freshDatabase(),
    startEmbeddedTemporal({
      executable: inject('temporalCli'),
      dataDir: join(folder, 'temporal'),
      namespace: 'default',
      port: 0,
      uiPort: null,
    }),
  ])
  const both = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    SYNCLINE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    SYNCLINE_ALLOWED_SOURCE_HOSTS: '127.0.0.1',
    SYNCLINE_LOG_LEVEL: 'debug',
    ...(demoUrl === undefined ? {} : { SYNCLINE_DEMO_URL: demoUrl }),
  }

  async function launch(name: 'api' | 'worker', environment: Record<string, string>) {
    const logFile = join(folder, `${name}-${children.length}.log`)
    const child = startChild({ name: `The ${name}`, script: program(name), environment, logFile })
    children.push(child)
    return { child, url: await child.ready }
  }

  const startApi = (port = 0) =>
    launch('api', {
      ...both,
      PORT: String(port),
      TEMPORAL_UI_URL: 'http://temporal.test',
      SYNCLINE_OWNER_KEY: ownerKey,
    })
  const startWorker = () => launch('worker', both)

  async function stop() {
    await Promise.all(children.map((child) => child.stop()))
    await temporal.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  const started = Promise.all([startApi(), startWorker()])
  started.catch(() => stop()) // whoever waits below is told
  let [api, worker] = await started
  const apiUrl = api.url ?? ''

  return {
    apiUrl,
    owner: callerOf(apiUrl, ownerKey),
    pids: () => ({ api: api.child.pid, worker: worker.child.pid }),

    /** kill -9. */
    async killWorker() {
      process.kill(worker.child.pid, 'SIGKILL')
      await worker.child.ended
    },
    async startWorker() {
      worker = await startWorker()
    },
    async killApi() {
      process.kill(api.child.pid, 'SIGKILL')
      await api.child.ended
    },
    /** On the port of the one before. */
    async startApi() {
      api = await startApi(Number(new URL(apiUrl).port))
    },

    /** What all processes have logged so far. */
    logs: () => children.map((_, i) => logOf(folder, i)).join(''),

    stop,
  }
}

function logOf(folder: string, index: number): string {
  for (const name of ['api', 'worker']) {
    try {
      return readFileSync(join(folder, `${name}-${index}.log`), 'utf8')
    } catch {
      // it was the other program's
    }
  }
  return ''
}
