import type { Connector, Source } from '../connectors/contract.ts'
import { AnswerInvalid, ConfigurationInvalid, SourceUnavailable } from '../connectors/errors.ts'
import { entityDefinition } from '../model/entities.ts'
import { SecretMissing } from '../secrets/secret-store.ts'
import { readConnection } from '../store/connection-read.ts'
import { type FencedRun, fixWindow } from '../store/entity-run-fence.ts'
import { floorTo } from './clock-steps.ts'
import type { ActivityDeps } from './deps.ts'
import type { Turn } from './places.ts'

const dayMs = 86_400_000

export interface OpenRun {
  connector: Connector
  config: unknown
  source: Source
  /** Of the credentials that it was opened with. */
  credentialsRef: string
  close(): Promise<void>
  /** Hands over what the source was asked and is not kept yet. Where keeping fails it goes with what is kept next; one at a time. */
  keepUsage<T>(keep: (usage: Usage) => Promise<T>): Promise<T>
}

export interface Usage {
  requests: number
  bytes: number
}

/** Opens the source of a run with the credentials of its connection. */
export async function openRun(deps: ActivityDeps, run: FencedRun, turn: Turn): Promise<OpenRun> {
  const connector = deps.connectors.get(run.system)
  if (!connector)
    throw new ConfigurationInvalid(`This worker has no connector for the system "${run.system}". Update the worker.`)
  if (!run.credentialsRef) throw new ConfigurationInvalid('The credentials of this connection have been destroyed.')
  const config = parse(connector.configSchema, run.config, 'config')
  const { credentialsRef, secret } = await readCredentials(deps, run.connectionId, run.credentialsRef)
  const credentials = parse(connector.credentialsSchema, JSON.parse(secret), 'credentials')
  const opened = deps.openSource({
    system: run.system,
    config,
    credentials,
    connectionId: run.connectionId,
    onIdle: turn.standAside,
  })
  const { source, close } = opened
  return { connector, config, credentialsRef, source, close, keepUsage: keeping(opened.usage) }
}

function keeping(usage: () => Usage): OpenRun['keepUsage'] {
  let kept = { requests: 0, bytes: 0 }
  return async (keep) => {
    const total = { ...usage() }
    const answer = await keep({ requests: total.requests - kept.requests, bytes: total.bytes - kept.bytes })
    kept = total
    return answer
  }
}

/** New credentials may have replaced those that the attempt was given when it took its fence. */
async function readCredentials({ db, secrets }: ActivityDeps, connectionId: string, reference: string) {
  try {
    return { credentialsRef: reference, secret: await secrets.get(reference) }
  } catch (error) {
    const current = error instanceof SecretMissing ? (await readConnection(db, connectionId))?.credentialsRef : null
    if (!current || current === reference) throw error
    return { credentialsRef: current, secret: await secrets.get(current) }
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
  /** 0: the end is the source's own time. Else the source's clock may be this far from ours, and the end is ours plus it. */
  skewMs: number
  /** How far the source's clock was set back since the last good run: stamps up to so far beyond the end are of the time before. */
  clockSetBackMs: number
  estimatedTotal: number | null
}

/** The run's window: what the first attempt fixed, or fixed now. */
export async function windowOf(
  deps: ActivityDeps,
  run: FencedRun,
  open: OpenRun,
  signal: AbortSignal,
): Promise<Window> {
  if (run.windowEnd) {
    const { windowStart: start, windowEnd: end, windowSkewMs: skewMs, clockSetBackMs, estimatedTotal } = run
    return { start, end, skewMs, clockSetBackMs, estimatedTotal }
  }
  const { allowedSkewMs, precisionMs } = open.connector.clock(open.config)
  const now = await open.source.now(signal)
  const ours = deps.clock().getTime()
  const skewMs = now ? 0 : allowedSkewMs
  const end = now ?? new Date(ours + skewMs)
  const clockOffsetMs = now && now.getTime() - ours
  const clockSetBackMs = setBack(run.clockOffsetMs, clockOffsetMs)
  const from = startOf(run, latestWatermark(open, { end, skewMs }), clockSetBackMs) ?? historyStart(run, end)
  const start = from && floorTo(from, precisionMs)
  const estimatedTotal = await countOf(run, open, start, signal)
  const window = { start, end, skewMs, clockSetBackMs, estimatedTotal }
  await fixWindow(deps.db, run, { ...window, clockOffsetMs })
  return window
}

/** The latest that a watermark may stand: where the source's clock is not known it may be behind ours as well as ahead. */
export function latestWatermark({ connector, config }: OpenRun, { end, skewMs }: Pick<Window, 'end' | 'skewMs'>): Date {
  return new Date(end.getTime() - 2 * skewMs - connector.clock(config).lagMs)
}

/** How far a clock was set back, told by ours, which went on. */
function setBack(before: number | null, now: number | null): number {
  return before === null || now === null ? 0 : Math.max(0, before - now)
}

const largestTotal = 2_147_483_647

/** A source that cannot count can still be read: only what says that nothing can be read, or to slow down, is a failure. */
async function countOf(run: FencedRun, open: OpenRun, since: Date | null, signal: AbortSignal): Promise<number | null> {
  try {
    const count = await open.source.count(run.entity, since, signal)
    return count !== null && count <= largestTotal ? count : null
  } catch (error) {
    const passes = error instanceof SourceUnavailable || error instanceof AnswerInvalid
    if (signal.aborted || !passes) throw error
    return null
  }
}

/**
 * Where an incremental run goes on: at the watermark, or earlier by as much as the source's clock was set back since. What was modified after
 * that carries stamps that the clock had shown before, and the watermark may lie beyond them.
 */
function startOf(run: FencedRun, latest: Date, clockSetBackMs: number): Date | null {
  if (run.mode !== 'INCREMENTAL' || run.watermark === null) return null
  return new Date(Math.min(Date.parse(run.watermark) - clockSetBackMs, latest.getTime()))
}

/** Null for master data, which are read whole, so that what documents refer to resolves. */
function historyStart(run: FencedRun, end: Date): Date | null {
  if (entityDefinition(run.entity)?.kind === 'master') return null
  return new Date(end.getTime() - run.historyDays * dayMs)
}
