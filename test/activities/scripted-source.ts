import { createLogger } from '../../src/log.ts'
import type { Connector, Page, Source, SourceRecord, UnmappedRecord } from '../../src/connectors/contract.ts'
import type { ActivityDeps } from '../../src/activities/deps.ts'
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
  lagMs: number
  readsByKey: boolean
  /** False: it cannot be asked by key. */
  asksByKey: boolean
  /** Called before the page that starts behind this record is answered. */
  beforePage(after: string | null): void
  /** How a record's fields become the model's. */
  mapFields(fields: Record<string, unknown>): Record<string, unknown>
  /** The keys of the records that were mapped. */
  mapped: string[]
  /** What it was asked: since of every read, and the keys of every question. */
  reads: { since: Date | null; after: string | null }[]
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
    lagMs: 2_000,
    readsByKey: true,
    asksByKey: true,
    beforePage: () => {},
    mapFields: (fields) => fields,
    mapped: [],
    reads: [],
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
  const source: Source = {
    check: async () => ['PART'],
    now: async () => script.now,
    count: async () => null,
    readsByKey: () => script.readsByKey,
    async *read(_, { since, after, signal }): AsyncGenerator<Page> {
      script.reads.push({ since, after })
      let at = after
      for (;;) {
        signal.throwIfAborted()
        script.beforePage(at)
        const from = at === null ? null : (JSON.parse(at) as { id: string; ms: number })
        const page = script.records
          .filter(({ stamp }) => since === null || stamp === null || stamp >= since)
          .sort(order)
          .filter(
            ({ id, stamp }) =>
              from === null ||
              (stamp?.getTime() ?? 0) > from.ms ||
              ((stamp?.getTime() ?? 0) === from.ms && id > from.id),
          )
          .slice(0, script.pageSize)
        const last = page.at(-1)
        if (!last) return
        at = JSON.stringify({ id: last.id, ms: last.stamp?.getTime() ?? 0 })
        yield { cursor: at, records: () => page.map(map), unmapped: () => page.map(place) }
      }
    },
  }
  const asking: Source = {
    ...source,
    async existing(_, ids) {
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
    clock: () => ({ lagMs: script.lagMs, precisionMs: 1, allowedSkewMs: 60_000 }),
    open: () => source,
  }
  const unused = () => Promise.reject(new Error('this test has no Temporal'))
  const deps: ActivityDeps = {
    db,
    secrets: { put: unused, get: async () => '{}', destroy: async () => {} },
    connectors: createRegistry([connector]),
    openSource: () => ({
      source: script.asksByKey ? asking : source,
      usage: () => ({ requests: script.reads.length, bytes: 0 }),
      close: async () => {},
    }),
    temporal: new Proxy({} as SyncControl, { get: () => unused }),
    mappingCode: 'test',
    clock: () => script.now,
    log: createLogger({ level: 'error' }),
  }
  deps.log.warn = () => {} // interruptions are what these tests are about
  return { script, deps }
}

/** Stamps around a moment: at(0) is the moment, at(-1) a millisecond before. */
export const around = (moment: Date) => (ms: number) => new Date(moment.getTime() + ms)
