import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StartError } from '../../config.ts'
import { failureOf, type Guarded, spawnGuarded } from '../guard.ts'
import { usablePort } from '../ports.ts'

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
  readonly pid: number
  /** Settles when the server has ended, wanted or not. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** What each sync's workflow can be found by. */
const searchAttributes = ['SynclineConnection=Keyword', 'SynclineEntity=Keyword', 'SynclineMode=Keyword']

const attempts = 3

/** Starts Temporal's dev server on 127.0.0.1. It stops with this process, even on kill -9. */
export async function startEmbeddedTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  for (let attempt = 1; ; attempt++) {
    const port = await usablePort(options.port, { part: 'Temporal', variable: 'SYNCLINE_TEMPORAL_PORT' })
    const ui = { part: 'the Temporal UI', variable: 'SYNCLINE_TEMPORAL_UI_PORT' }
    const uiPort = options.uiPort === null ? null : await usablePort(options.uiPort, ui)
    const server = launch(options, port, uiPort)
    try {
      await server.waitForOutput(/Server:\s+\S+:\d+/, 60_000)
      const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`
      return {
        address: `127.0.0.1:${port}`,
        uiUrl,
        pid: server.pid,
        ended: server.ended,
        stop: () => server.stop(10_000),
      }
    } catch (cause) {
      await server.stop(5_000)
      // The server picks half a dozen more ports for itself, and another process can be quicker to take one.
      if (attempt < attempts && server.output().includes('address already in use')) continue
      throw new StartError(`The Temporal dev server did not start: ${failureOf(cause)}`, { cause })
    }
  }
}

function launch(
  { executable, namespace, dataDir, log }: TemporalOptions,
  port: number,
  uiPort: number | null,
): Guarded {
  const folder = resolve(dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return spawnGuarded({
    command: [
      ...[executable, 'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...[
        '--db-filename',
        join(folder, 'temporal.db'),
        '--sqlite-pragma',
        'journal_mode=WAL',
        '--sqlite-pragma',
        'synchronous=NORMAL',
      ],
      // without it retries and timers come about a second late
      ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"'],
      ...searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
      ...['--log-level', 'warn'],
    ],
    stopSignal: 'TERM',
    cwd: folder,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder }, // HOME: the CLI reads no config of the user's
    ...(log ? { log } : {}),
  })
}
