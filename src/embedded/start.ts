import { StartError } from '../config.ts'
import { type Child, startChild } from './child.ts'
import { closingLines } from './closing-lines.ts'
import { ensureDemoConnection } from './demo-connection.ts'
import { startDemoSource } from './demo.ts'
import { createApiClient } from './graphql-client.ts'
import { type DashboardPlace, provideDashboard } from './dashboard.ts'
import { createProgressScreen, type ProgressScreen, showProgress } from './progress.ts'
import { encryptionKeys, type OwnerKey, ownerKey } from './secrets.ts'
import { provideDatabase, provideTemporal, type Surroundings, type Temporal } from './servers.ts'
import { checkPorts } from './settings.ts'
import { workerEnvironment, workerNodeFlags } from './worker-flags.ts'

export interface StartOptions extends Surroundings {
  terminal: { write(text: string): void; redraw: boolean }
  signal: AbortSignal
  programs: ProgramFiles
}

/** The files of the two processes of ours that do the work. */
export interface ProgramFiles {
  api: string
  worker: string
  /** Absent: none is built. */
  dashboard?: DashboardPlace
}

/** Brings everything up, in the order in which one part needs another, and says how to use it. */
export async function start(options: StartOptions): Promise<void> {
  const { settings, folder, terminal, say, signal, programs } = options
  await checkPorts(settings)
  const dashboard = programs.dashboard && provideDashboard({ ...programs.dashboard, say, signal })
  const databaseUrl = await provideDatabase(options)
  const temporal = await provideTemporal(options)
  const demoUrl = settings.SYNCLINE_DEMO ? await startDemoSource(options) : undefined
  const owner = ownerKey(folder, settings.SYNCLINE_OWNER_KEY)
  await dashboard
  const apiUrl = await startPrograms(options, { databaseUrl, temporal, demoUrl, owner })

  if (demoUrl !== undefined && owner.key !== null) {
    const screen = createProgressScreen({ ...terminal, now: Date.now })
    await syncDemo({ apiUrl, key: owner.key, say, screen, signal })
  }
  if (signal.aborted) return
  const { dataDir } = settings
  terminal.write(
    closingLines({ apiUrl, temporalUiUrl: temporal.uiUrl, ownerKeyFile: owner.file, dataDir, logs: folder.at('logs') }),
  )
}

interface Programs {
  databaseUrl: string
  temporal: Temporal
  demoUrl: string | undefined
  owner: OwnerKey
}

/** The API and the worker, each a process of its own that sees only what it needs. Returns the API's URL. */
async function startPrograms(
  { settings, folder, parts, say, programs }: StartOptions,
  { databaseUrl, temporal, demoUrl, owner }: Programs,
) {
  const both = {
    ...settings.childEnvironment,
    SYNCLINE_ALLOWED_SOURCE_HOSTS: allowedSourceHosts(settings.SYNCLINE_ALLOWED_SOURCE_HOSTS, demoUrl),
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: settings.TEMPORAL_NAMESPACE,
    SYNCLINE_ENCRYPTION_KEYS: settings.encryptionKeys ?? encryptionKeys(folder),
    ...(demoUrl === undefined ? {} : { SYNCLINE_DEMO_URL: demoUrl }),
  }
  const worker = startChild({
    name: 'The worker',
    script: programs.worker,
    nodeFlags: workerNodeFlags,
    environment: { ...both, ...workerEnvironment },
    logFile: folder.at('logs', 'worker.log'),
  })
  await parts.add('The worker', supervised(worker))
  const api = startChild({
    name: 'The API',
    script: programs.api,
    environment: {
      ...both,
      PORT: String(settings.PORT),
      HOST: settings.HOST,
      ...(temporal.uiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporal.uiUrl }),
      ...(owner.key === null ? {} : { SYNCLINE_OWNER_KEY: owner.key }),
    },
    logFile: folder.at('logs', 'api.log'),
  })
  await parts.add('The API', supervised(api))
  const [apiUrl] = await Promise.all([api.ready, worker.ready])
  if (apiUrl === undefined) throw new StartError('The API started without saying where it listens.')
  say(`API and worker: running, processes ${api.pid} and ${worker.pid}.`)
  return apiUrl
}

/** Loopback unless told otherwise: the sources of a first try, and the demo source in any case, are on this machine. */
const allowedSourceHosts = (given: readonly string[], demoUrl: string | undefined) =>
  (given.length === 0 || demoUrl !== undefined ? [...given, 'localhost'] : given).join(',')

/** Until a program is ready its end is told by `ready`, with its own words; only then is it a crash. */
const supervised = (child: Child) => ({
  pid: child.pid,
  stop: () => child.stop(),
  ended: child.ready.then(
    () => child.ended,
    () => new Promise<string>(() => {}),
  ),
})

interface DemoSync {
  apiUrl: string
  key: string
  say: (line: string) => void
  screen: ProgressScreen
  signal: AbortSignal
}

/** Shows the demo's sync when one runs. What fails here leaves a running system: it is told, not thrown. */
async function syncDemo({ apiUrl, key, say, screen, signal }: DemoSync) {
  const api = createApiClient(apiUrl, key)
  try {
    const { isNew, syncRunId } = await ensureDemoConnection(api)
    if (syncRunId === undefined) return
    say(isNew ? 'Demo: connected to the demo source; its first sync:' : 'Demo: a sync is under way:')
    const status = await showProgress(api, syncRunId, screen, signal)
    if (status !== null && status !== 'SUCCEEDED')
      say(`Demo: the sync ended with status ${status}; the Temporal UI and the logs tell more.`)
  } catch (error) {
    if (!signal.aborted) say(`Demo: ${error instanceof Error ? error.message : String(error)}`)
  }
}
