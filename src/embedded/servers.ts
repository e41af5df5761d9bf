import { fileURLToPath } from 'node:url'
import { StartError } from '../config.ts'
import { migrate, MigrationError } from '../store/migrate.ts'
import { openLog } from './child.ts'
import type { DataFolder } from './data-folder.ts'
import type { Parts } from './parts.ts'
import { startEmbeddedPostgres } from './postgres/start.ts'
import type { Settings } from './settings.ts'
import { findTemporalCli } from './temporal/cli.ts'
import { startEmbeddedTemporal } from './temporal/start.ts'
import { databaseFailure, temporalFailure } from './unreachable.ts'

export interface Surroundings {
  settings: Settings
  folder: DataFolder
  parts: Parts
  say: (line: string) => void
}

const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

/** The migrated database: the one of DATABASE_URL, else an embedded one. */
export async function provideDatabase({ settings, folder, parts, say }: Surroundings): Promise<string> {
  const given = settings.databaseUrl
  const url = given ?? (await startPostgres({ settings, folder, parts, say }))
  try {
    const applied = await migrate(url, migrations)
    if (applied.length > 0) say(`Database: applied ${applied.length} migration${applied.length === 1 ? '' : 's'}.`)
  } catch (error) {
    if (!(error instanceof MigrationError)) throw new StartError(databaseFailure(url, error), { cause: error })
    const place = given === undefined ? ` The database is in ${folder.at('postgres')}.` : ''
    throw new StartError(`The schema was not brought up to date: ${error.message}${place}`, { cause: error })
  }
  return url
}

async function startPostgres({ settings, folder, parts, say }: Surroundings): Promise<string> {
  const log = openLog(folder.at('logs', 'postgres.log'))
  const dataDir = folder.at('postgres')
  const port = settings.SYNCLINE_POSTGRES_PORT
  const server = await startEmbeddedPostgres({ dataDir, database: 'syncline', port, log: (chunk) => log.write(chunk) })
  await parts.add('PostgreSQL', server)
  say(`PostgreSQL: embedded, on port ${server.port}.`)
  return server.url
}

export interface Temporal {
  address: string
  uiUrl: string | undefined
}

/** The Temporal server: the one of TEMPORAL_ADDRESS, else an embedded dev server. */
export async function provideTemporal(surroundings: Surroundings): Promise<Temporal> {
  const { temporalAddress: address, TEMPORAL_NAMESPACE: namespace, TEMPORAL_UI_URL: uiUrl } = surroundings.settings
  if (address === undefined) return startTemporal(surroundings)
  const { Connection } = await import('@temporalio/client') // embedded starts do without its second of loading
  try {
    const connection = await Connection.connect({ address, connectTimeout: 5_000 })
    await connection.withDeadline(Date.now() + 5_000, () => connection.workflowService.describeNamespace({ namespace }))
    await connection.close()
  } catch (error) {
    throw new StartError(temporalFailure(address, namespace, error), { cause: error })
  }
  return { address, uiUrl }
}

async function startTemporal({ settings, folder, parts, say }: Surroundings): Promise<Temporal> {
  const cli = await findTemporalCli({
    folder: folder.at('temporal-cli'),
    searchPath: settings.searchPath,
    onDownload: (from) => say(`Temporal: downloading the CLI from ${from} (once, about 45 MB) …`),
  })
  const log = openLog(folder.at('logs', 'temporal.log'))
  const server = await startEmbeddedTemporal({
    executable: cli.path,
    dataDir: folder.at('temporal'),
    namespace: settings.TEMPORAL_NAMESPACE,
    port: settings.SYNCLINE_TEMPORAL_PORT,
    uiPort: settings.SYNCLINE_TEMPORAL_UI_PORT,
    log: (chunk) => log.write(chunk),
  })
  await parts.add('Temporal', server)
  say(`Temporal: embedded dev server at ${server.address}; its CLI came from ${cli.from}.`)
  return { address: server.address, uiUrl: server.uiUrl ?? undefined }
}
