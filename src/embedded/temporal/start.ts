import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StartError } from '../../config.ts'
import { spawnGuarded } from '../guard.ts'
import { anyFreePort, freeWithin } from '../ports.ts'

export interface TemporalOptions {
  /** The Temporal CLI. */
  executable: string
  /** Holds the server's database; the caller sees to it that one process at a time uses it. */
  dataDir: string
  namespace: string
  /** 0: any free one. */
  port: number
  /** 0: any free one; null: no Web UI. */
  uiPort: number | null
  log?: (chunk: string) => void
}

export interface EmbeddedTemporal {
  readonly address: string
  readonly uiUrl: string | null
  /** Settles when the server has ended, wanted or not. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** What each sync's workflow can be found by. */
const searchAttributes = ['SynclineConnection=Keyword', 'SynclineEntity=Keyword', 'SynclineMode=Keyword']

/** Starts Temporal's dev server on 127.0.0.1. It stops with this process, even on kill -9. */
export async function startEmbeddedTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  const { executable, namespace, log } = options
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const port = await portToUse(options.port, 'SYNCLINE_TEMPORAL_PORT')
  const uiPort = options.uiPort === null ? null : await portToUse(options.uiPort, 'SYNCLINE_TEMPORAL_UI_PORT')
  const server = spawnGuarded({
    command: [
      ...[executable, 'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...['--db-filename', join(dataDir, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
      // without it retries and timers come about a second late
      ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"'],
      ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
      ...['--log-level', 'warn'],
    ],
    stopSignal: 'TERM',
    cwd: dataDir,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: dataDir }, // HOME: the CLI reads no config of the user's
    ...(log ? { log } : {}),
  })
  try {
    await server.waitForOutput(/Server:\s+\S+:\d+/, 60_000)
  } catch (cause) {
    await server.stop(5_000)
    throw new StartError(`The Temporal dev server did not start: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    ended: server.ended,
    stop: () => server.stop(10_000),
  }
}

async function portToUse(asked: number, variable: string): Promise<number> {
  if (asked === 0) return anyFreePort()
  if (await freeWithin(asked, 2_000)) return asked
  throw new StartError(
    `Port ${asked} on 127.0.0.1 is taken, so the Temporal dev server cannot start. Set ${variable} to another port, or to 0 for any free one.`,
  )
}
