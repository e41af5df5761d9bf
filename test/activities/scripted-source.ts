import { createLogger } from '../../src/log.ts'
import type { Connector, Page, Source, SourceRecord, UnmappedRecord } from '../../src/connectors/contract.ts'
import { WindowRefused } from '../../src/connectors/errors.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import { createPlaces } from '../../src/activities/places.ts'
import { demoConfig, demoCredentials } from '../../src/connectors/demo/config.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import type { Database } from '../../src/store/database.ts'
import type { SyncControl } from '../../src/temporal/sync-control.ts'

export interface ScriptedRecord {
  id: string
  /** Null: the source does not stamp it. */
  stamp: Date | null
  /** With one named "bad" the record is rejected. */
  fields?: Record<string, unknown>
}

export interface Script {
  /** What the source holds now; a test may change it at any time. */
  records: ScriptedRecord[]
  pageSize: number
  /** The source's clock. */
  now: Date
  /** False: it does not tell it. */
  tellsTime: boolean
  lagMs: number
  /** The finest step of its stamps. */
  precisionMs: number
  readsByKey: boolean
  /** False: it cannot be asked by key. */
  asksByKey: boolean
  /** Whether it counts; only then is it read by windows. */
  counts: boolean
  maxInFlight: number
  /** What each page says that it weighs. */
  pageBytes: number
  /** How it keeps to the bounds of a window. */
  windowFilter: 'both' | 'from only' | 'until only' | 'refuses'
  /** Called before the page that starts behind this record is answered. */
  beforePage(after: string | null): void | Promise<void>
  /** Called before a question by key is answered; one that fails was not asked. */
  beforeAsk(ids: readonly string[]): void | Promise<void>
  /** How a record's fields become the model's. */
  mapFields(fields: Record<string, unknown>): Record<string, unknown>
  /** The keys of the records that were mapped. */
  mapped: string[]
  /** What it was asked: since of every read, every window, and the keys of every question. */
  reads: { since: Date | null; after: string | null; stampedFrom?: Date | null }[]
  windows: { from: Date | null; until: Date; after: string | null }[]
  asked: string[][]
}

const order = (a: ScriptedRecord, b: ScriptedRecord) =>
  (a.stamp?.getTime() ?? 0) - (b.stamp?.getTime() ?? 0) || (a.id < b.id ? -1 : 1)

/** A source whose records and clock a test sets, paged by (stamp, key), and the activities' other needs around it. */
export function scriptSource(db: Database, given: Partial<Script> = {}): { script: Script; deps: ActivityDeps } {
  const script: Script = {
    records: [],
    pageSize: 3,
    now: new Date('2026-03-01T00:00:00.000Z'),
    tellsTime: true,
    lagMs: 2_000,
    precisionMs: 1,
    readsByKey: true,
    asksByKey: true,
    counts: false,
    maxInFlight: 4,
    pageBytes: 0,
    windowFilter: 'both',
    beforePage: () => {},
    beforeAsk: () => {},
    mapFields: (fields) => fields,
    mapped: [],
    reads: [],
    windows: [],
    asked: [],
    ...given,
  }
  const rawOf = ({ id, stamp, fields = {} }: ScriptedRecord) => JSON.stringify([id, stamp, fields])
  const map = (record: ScriptedRecord): SourceRecord => {
    const { id, stamp, fields = {} } = record
    script.mapped.push(id)
    return 'bad' in fields
      ? { raw: rawOf(record), rejected: 'it is bad', externalId: id }
      : { raw: rawOf(record), record: { externalId: id, sourceUpdatedAt: stamp, fields: script.mapFields(fields) } }
  }
  const place = (record: ScriptedRecord): UnmappedRecord => {
    const { id, stamp } = record
    return {
      raw: rawOf(record),
      externalId: id,
      sourceCreatedAt: null,
      sourceUpdatedAt: stamp,
      map: () => map(record),
    }
  }
  type IsIn = (record: ScriptedRecord) => boolean
  async function* pagesOf(isIn: IsIn, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
    let at = after
    for (;;) {
      signal.throwIfAborted()
      await script.beforePage(at)
      const from = at === null ? null : (JSON.parse(at) as { id: string; ms: number })
      // its records as they are now: the page is on its way
      const page = script.records
        .filter(isIn)
        .sort(order)
        .filter(
          ({ id, stamp }) =>
            from === null || (stamp?.getTime() ?? 0) > from.ms || ((stamp?.getTime() ?? 0) === from.ms && id > from.id),
        )
        .slice(0, script.pageSize)
        .map((record) => ({ ...record }))
      const last = page.at(-1)
      if (!last) return
      at = JSON.stringify({ id: last.id, ms: last.stamp?.getTime() ?? 0 })
      yield { cursor: at, bytes: script.pageBytes, records: () => page.map(map), unmapped: () => page.map(place) }
    }
  }
  const source: Source = {
    check: async () => ['PART'],
    now: async () => (script.tellsTime ? script.now : null),
    count: async (_, since) =>
      script.counts ? script.records.filter(({ stamp }) => !since || !stamp || stamp >= since).length : null,
    readsByKey: () => script.readsByKey,
    read(_, { since, stampedFrom = null, after, signal }) {
      script.reads.push({ since, after, ...(stampedFrom && { stampedFrom }) })
      const from = stampedFrom ?? since
      return pagesOf(({ stamp }) => from === null || stamp === null || stamp >= from, after, signal)
    },
    readWindow(_, { from, until, after, signal }) {
      if (script.windowFilter === 'refuses') throw new WindowRefused('It is not read by windows.')
      script.windows.push({ from, until, after })
      const [low, high] = [script.windowFilter !== 'until only', script.windowFilter !== 'from only']
      return pagesOf(
        ({ stamp }) => stamp !== null && (!low || !from || stamp >= from) && (!high || stamp < until),
        after,
        signal,
      )
    },
  }
  const asking: Source = {
    ...source,
    async existing(_, ids) {
      await script.beforeAsk(ids)
      script.asked.push([...ids])
      return new Set(script.records.map((record) => record.id).filter((id) => ids.includes(id)))
    },
  }
  const connector: Connector = {
    key: 'demo',
    name: 'Scripted',
    category: 'ERP',
    entities: ['PART'],
    configSchema: demoConfig,
    credentialsSchema: demoCredentials,
    creditCost: 1,
    configured: () => ['PART'],
    addresses: () => [],
    clock: () => ({ lagMs: script.lagMs, precisionMs: script.precisionMs, allowedSkewMs: 60_000 }),
    limits: () => ({ maxInFlight: script.maxInFlight, requestsPerSecond: null }),
    open: () => source,
  }
  const unused = () => Promise.reject(new Error('this test has no Temporal'))
  const deps: ActivityDeps = {
    db,
    secrets: { newReference: () => 'x', put: unused, get: async () => '{}', destroy: async () => {} },
    connectors: createRegistry([connector]),
    openSource: () => ({
      source: script.asksByKey ? asking : source,
      usage: () => ({ requests: script.reads.length, bytes: 0 }),
      close: async () => {},
    }),
    temporal: new Proxy({} as SyncControl, { get: () => unused }),
    places: createPlaces(),
    settling: { ended: () => {} },
    mappingCode: 'test',
    clock: () => script.now,
    log: createLogger({ level: 'error' }),
  }
  deps.log.warn = () => {} // interruptions are what these tests are about
  return { script, deps }
}

/** Stamps around a moment: at(0) is the moment, at(-1) a millisecond before. */
export const around = (moment: Date) => (ms: number) => new Date(moment.getTime() + ms)
