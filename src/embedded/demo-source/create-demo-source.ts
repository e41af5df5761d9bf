import { once } from 'node:events'
import type { SyncedEntity } from '../../model/entities.ts'
import { createFaults } from './faults.ts'
import { type DemoRecord, entityNames, Records } from './records.ts'
import { createHttpServer } from './serve.ts'
import { initialSwitches, readSwitches, type Switches } from './switches.ts'

export interface DemoSourceOptions {
  /** The same seed, anchor, counts and tieGroup give the same bytes. */
  seed?: number
  /** Every generated record was modified before it. The source's clock never shows less. */
  anchor: Date
  counts?: Partial<Record<SyncedEntity, number>>
  /** The largest page it serves, up to 5,000. */
  pageSize?: number
  /** Runs of this many records get exactly equal modified stamps. */
  tieGroup?: number
  /** What a record weighs about, up to 64 KiB; it never weighs less than its fields. */
  recordBytes?: number
  /** How many bytes of rendered records are kept. */
  cacheBytes?: number
  /** The bearer token that the API asks for; absent: none. */
  apiKey?: string
  /** False: /control does not exist. */
  control?: boolean
  switches?: Partial<Switches>
  now?: () => Date
  host?: string
  port?: number
}

export interface DemoSource {
  readonly url: string
  readonly port: number
  /** Ends it, with what it is still asked. */
  close(): Promise<void>
  /** The source's clock. */
  now(): Date
  /** The records as they are now, in the order of (modified, key), rendered one by one. */
  all(entity: SyncedEntity): Iterable<DemoRecord>
  /** Modifies these records, or so many, evenly spread; stamps all with one and the same now; answers how many. */
  touch(entity: SyncedEntity, which: readonly string[] | number): number
  remove(entity: SyncedEntity, keys: readonly string[]): number
  /** Inserts new records, stamped now; answers their keys. */
  insert(entity: SyncedEntity, count: number): string[]
  switches(): Switches
  setSwitches(given: Partial<Switches>): Switches
  /** What the API was asked, the oldest first; only the last 10,000. */
  requests(): readonly AskedRequest[]
}

export interface AskedRequest {
  /** With its query. */
  readonly path: string
  /** Null: it was not answered. */
  readonly status: number | null
  /** On this machine's clock. */
  readonly at: number
}

const defaultCounts = { VENDOR: 250, PART: 2_000, ASSET: 1_000, WORK_ORDER: 4_000, PURCHASE_ORDER: 10_000 }
const GIBIBYTE = 1024 ** 3
const MOST_REQUESTS = 10_000

/** Pages that were rendered before one of these changed are served otherwise now. */
const servedBy = ['malformed', 'clockPrecision', 'zoneless', 'hideEvery'] as const

/** Starts a small ERP with made-up records: what Syncline shows itself with, and what it is tested and measured against. */
export async function createDemoSource(options: DemoSourceOptions): Promise<DemoSource> {
  const { seed = 1, anchor, pageSize = 5_000, tieGroup = 1, recordBytes = 1_000, host = '127.0.0.1' } = options
  const counts = { ...defaultCounts, ...options.counts }
  within('pageSize', pageSize, 1, 5_000)
  within('tieGroup', tieGroup, 1, 1_000_000)
  within('recordBytes', recordBytes, 1, 65_536)
  let switches = initialSwitches(options.switches ?? {})
  const clock = options.now ?? (() => new Date())
  const now = () => Math.max(clock().getTime() + switches.clockSkewMs, anchor.getTime())
  const budget = { bytes: options.cacheBytes ?? GIBIBYTE }
  const shared = { seed, anchor, counts, tieGroup, recordBytes, budget, switches: () => switches, now }
  const entities = new Map(entityNames.map((entity) => [entity, new Records(entity, shared)]))
  const of = (entity: SyncedEntity) => {
    const records = entities.get(entity)
    if (!records) throw new TypeError(`The demo source has no ${entity}.`)
    return records
  }
  const setSwitches = (given: Readonly<Record<string, unknown>>) => {
    const before = switches
    switches = readSwitches(switches, given)
    const otherwise = servedBy.some((name) => switches[name] !== before[name])
    if (otherwise) for (const records of entities.values()) records.forgetPages()
    return switches
  }

  const requests: AskedRequest[] = []
  const server = createHttpServer({
    collections: new Map([...entities.values()].map((records) => [records.name, records])),
    pageSize,
    now,
    switches: () => switches,
    setSwitches,
    apiKey: options.apiKey,
    faults: createFaults(() => switches),
    onAnswer(path, status) {
      requests.push({ path, status, at: Date.now() })
      if (requests.length > MOST_REQUESTS) requests.shift()
    },
    control: options.control ?? true,
  })
  server.listen(options.port ?? 0, host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    now: () => new Date(now()),
    all: (entity) => of(entity).all(),
    touch: (entity, which) => of(entity).touch(typeof which === 'number' ? of(entity).sample(which) : which),
    remove: (entity, keys) => of(entity).remove(keys),
    insert: (entity, count) => of(entity).insert(count),
    switches: () => switches,
    setSwitches,
    requests: () => [...requests],
  }
}

function within(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new RangeError(`${name} is not from ${low} to ${high}.`)
}
