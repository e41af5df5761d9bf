import type { Connector, Source } from '../connectors/contract.ts'
import { ConfigurationInvalid } from '../connectors/errors.ts'
import { entityDefinition } from '../model/entities.ts'
import { SecretMissing } from '../secrets/secret-store.ts'
import { readConnection } from '../store/connection-read.ts'
import { type FencedRun, fixWindow } from '../store/entity-run-fence.ts'
import type { ActivityDeps } from './deps.ts'

const dayMs = 86_400_000

export interface OpenRun {
  connector: Connector
  config: unknown
  source: Source
  close(): Promise<void>
  usage(): { requests: number; bytes: number }
}

/** Opens the source of a run with the credentials of its connection. */
export async function openRun(deps: ActivityDeps, run: FencedRun): Promise<OpenRun> {
  const connector = deps.connectors.get(run.system)
  if (!connector)
    throw new ConfigurationInvalid(`This worker has no connector for the system "${run.system}". Update the worker.`)
  if (!run.credentialsRef) throw new ConfigurationInvalid('The credentials of this connection have been destroyed.')
  const config = parse(connector.configSchema, run.config, 'config')
  const credentials = parse(
    connector.credentialsSchema,
    JSON.parse(await readCredentials(deps, run.connectionId, run.credentialsRef)),
    'credentials',
  )
  return {
    connector,
    config,
    ...deps.openSource({ system: run.system, config, credentials, connectionId: run.connectionId }),
  }
}

/** New credentials may have replaced those that the attempt was given when it took its fence. */
async function readCredentials({ db, secrets }: ActivityDeps, connectionId: string, reference: string) {
  try {
    return await secrets.get(reference)
  } catch (error) {
    const current = error instanceof SecretMissing ? (await readConnection(db, connectionId))?.credentialsRef : null
    if (!current || current === reference) throw error
    return secrets.get(current)
  }
}

function parse(schema: Connector['configSchema'], value: unknown, what: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const at = result.error.issues[0]?.path.map(String) ?? []
  throw new ConfigurationInvalid(
    `The stored ${what} no longer fits the connector at ${at.join('.') || 'its root'}. Update the connection.`,
    {
      path: at,
    },
  )
}

export interface Window {
  start: Date | null
  /** In the source's clock, fixed when the run starts. */
  end: Date
  estimatedTotal: number | null
}

/** The run's window: what the first attempt fixed, or fixed now. */
export async function windowOf(
  deps: ActivityDeps,
  run: FencedRun,
  open: OpenRun,
  signal: AbortSignal,
): Promise<Window> {
  if (run.windowEnd) return { start: run.windowStart, end: run.windowEnd, estimatedTotal: run.estimatedTotal }
  const now = await open.source.now(signal)
  const end = now ?? new Date(deps.clock().getTime() + open.connector.clock(open.config).allowedSkewMs)
  const start = startOf(run, end)
  const window = { start, end, estimatedTotal: await open.source.count(run.entity, start, signal) }
  await fixWindow(deps.db, run, window)
  return window
}

function startOf(run: FencedRun, end: Date): Date | null {
  if (run.mode === 'INCREMENTAL' && run.watermark !== null) return new Date(run.watermark)
  // master data are read whole, so that what documents refer to resolves
  if (entityDefinition(run.entity)?.kind === 'master') return null
  return new Date(end.getTime() - run.historyDays * dayMs)
}
