import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connector, Page, Source, SourceHttp, SourceRecord } from '../../src/connectors/contract.ts'
import { CredentialsRejected } from '../../src/connectors/errors.ts'
import { entities, type SyncedEntity } from '../../src/model/entities.ts'
import { envelope } from '../../src/model/record.ts'

/** A connector over a source that runs, with at least four pages of records and none that is rejected. */
export interface Rig {
  connector: Connector
  config: unknown
  /** The same for a source at this address. */
  configAt(address: string): unknown
  credentials: unknown
  /** What the source refuses; null where it takes everyone. */
  badCredentials: unknown
  http: SourceHttp
  entity: SyncedEntity
  /** The source's keys now of what was modified at or after `since`, or of everything. */
  expectedKeys(since: Date | null): Promise<readonly string[]>
  /** Changes a record, so that the source stamps it anew. */
  modify(key: string): Promise<void>
  remove(key: string): Promise<void>
  /** Records with one and the same stamp, more of them than fit into a page; other records were modified before them. */
  tie: { stamp: Date; keys: readonly string[] }
  close(): Promise<void>
}

interface ReadPage {
  cursor: string
  keys: string[]
  records: SourceRecord[]
}

const LONGEST_CURSOR = 4_096

/** Of one address, as the URL standard has it. */
const spellings = [
  'https://elsewhere.example',
  'https:elsewhere.example',
  'https:/elsewhere.example',
  'https:\\\\elsewhere.example',
  ' HTTPS://ELSEWHERE.example:443/ ',
  'ht\ntps://else\twhere.example',
]
const noAddresses = [
  'ftp://elsewhere.example/',
  'elsewhere.example',
  'javascript:0',
  'https://a:b@elsewhere.example/',
  '',
]

/** What every connector owes its callers (src/connectors/contract.ts). `setUp` runs before each test. */
export function describeConnector(name: string, setUp: () => Promise<Rig>): void {
  describe(`the contract of connectors, kept by ${name}`, () => {
    let rig: Rig
    let source: Source

    const open = (credentials: unknown) =>
      rig.connector.open({
        config: rig.connector.configSchema.parse(rig.config),
        credentials: rig.connector.credentialsSchema.parse(credentials),
        http: rig.http,
      })

    async function readAll(since: Date | null = null, after: string | null = null): Promise<ReadPage[]> {
      const pages: ReadPage[] = []
      for await (const page of source.read(rig.entity, { since, after, signal: idle() })) pages.push(take(page))
      return pages
    }

    beforeEach(async () => {
      rig = await setUp()
      source = open(rig.credentials)
    })

    afterEach(() => rig.close())

    it('proves at the check that its entities can be read', async () => {
      const found = await source.check(idle())
      expect(found).toContain(rig.entity)
      expect(rig.connector.configured(rig.config)).toEqual(expect.arrayContaining(found))
      expect(rig.connector.entities).toEqual(expect.arrayContaining(found))
    })

    it('tells where credentials go, however the address is spelt, and keeps it as it is asked', () => {
      for (const address of spellings) {
        const config = rig.connector.configSchema.parse(rig.configAt(address))
        expect(rig.connector.addresses(config).map(({ origin }) => origin)).toEqual(['https://elsewhere.example'])
        expect(JSON.stringify(config)).toContain('"https://elsewhere.example/"')
      }
      for (const address of noAddresses)
        expect(rig.connector.configSchema.safeParse(rig.configAt(address)).success).toBe(false)
    })

    it('refuses bad credentials, at the check and when reading', async () => {
      if (rig.badCredentials === null) return
      source = open(rig.badCredentials)
      await expect(source.check(idle())).rejects.toBeInstanceOf(CredentialsRejected)
      await expect(readAll()).rejects.toBeInstanceOf(CredentialsRejected)
    })

    it("tells the source's time, not earlier than what it stamps", async () => {
      const now = await source.now(idle())
      if (now === null) return
      const stamps = (await readAll()).flatMap(({ records }) => records.map(stampOf))
      const newest = Math.max(...stamps)
      // where the source's time is an HTTP Date it is cut to the second
      expect(now.getTime() + 1_000).toBeGreaterThan(newest)
    })

    it('counts what it then reads', async () => {
      const all = await rig.expectedKeys(null)
      const some = await rig.expectedKeys(rig.tie.stamp)
      expect([all.length, null]).toContain(await source.count(rig.entity, null, idle()))
      expect([some.length, null]).toContain(await source.count(rig.entity, rig.tie.stamp, idle()))
    })

    it('reads every record once', async () => {
      const pages = await readAll()
      expect(pages.length).toBeGreaterThan(3)
      expect(sorted(keysOf(pages))).toEqual(sorted(await rig.expectedKeys(null)))
    })

    it('reads in the order of stamps where it pages by key', async () => {
      if (!source.readsByKey(rig.entity)) return
      const stamps = (await readAll()).flatMap(({ records }) => records.map(stampOf))
      expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
    })

    it('maps to the model, the fields always in one order', async () => {
      const records = (await readAll()).flatMap((page) => page.records).map(mapped)
      const names = Object.keys(records[0]?.fields ?? {})
      expect(names.length).toBeGreaterThan(0)
      for (const record of records) {
        expect(envelope.safeParse(record).error).toBeUndefined()
        expect(entities[rig.entity].schema.strict().safeParse(record.fields).error).toBeUndefined()
        expect(Object.keys(record.fields)).toEqual(names)
      }
    })

    it('hands on the records as received', async () => {
      for (const { raw } of (await readAll()).flatMap((page) => page.records)) expect(raw).not.toBe('')
    })

    it('tells the place of a record that waits for its mapping as its mapping does', async () => {
      const records = (await readAll()).flatMap((page) => page.records)
      let waited = 0
      for await (const page of source.read(rig.entity, { since: null, after: null, signal: idle() })) {
        for (const waiting of page.unmapped?.() ?? page.records()) {
          const record = records.shift()
          if (!record || !('map' in waiting)) continue
          waited += 1
          expect(waiting.map()).toEqual(record)
          const { externalId, sourceCreatedAt = null, sourceUpdatedAt = null } = mapped(record)
          expect(waiting).toMatchObject({ raw: record.raw, externalId, sourceCreatedAt, sourceUpdatedAt })
        }
        if (page.unmapped) expect(waited).toBeGreaterThan(0)
      }
      expect(records).toEqual([])
    })

    it('goes on behind any of its cursors', async () => {
      const pages = await readAll()
      for (const [i, { cursor }] of pages.entries()) {
        expect(cursor.length).toBeLessThanOrEqual(LONGEST_CURSOR)
        expect(keysOf(await readAll(null, cursor))).toEqual(keysOf(pages.slice(i + 1)))
      }
    })

    it('goes on behind any of its cursors in a window', async () => {
      const pages = await readAll(rig.tie.stamp)
      for (const [i, { cursor }] of pages.entries()) {
        expect(keysOf(await readAll(rig.tie.stamp, cursor))).toEqual(keysOf(pages.slice(i + 1)))
      }
    })

    it('loses and repeats nothing where a page ends between equal stamps', async () => {
      const pages = await readAll()
      const tied = pages.map(({ keys }) => keys.filter((key) => rig.tie.keys.includes(key)))
      expect(tied.filter((keys) => keys.length > 0).length).toBeGreaterThan(1)
      expect(sorted(tied.flat())).toEqual(sorted(rig.tie.keys))
    })

    it('reads from a stamp on, that stamp included', async () => {
      const keys = keysOf(await readAll(rig.tie.stamp))
      expect(sorted(keys)).toEqual(sorted(await rig.expectedKeys(rig.tie.stamp)))
      expect(keys).toEqual(expect.arrayContaining([...rig.tie.keys]))
      expect(keys.length).toBeLessThan((await rig.expectedKeys(null)).length)
    })

    it('leaves out what was modified before the window', async () => {
      const { precisionMs } = rig.connector.clock(rig.connector.configSchema.parse(rig.config))
      const since = new Date(rig.tie.stamp.getTime() + precisionMs)
      const keys = keysOf(await readAll(since))
      expect(sorted(keys)).toEqual(sorted(await rig.expectedKeys(since)))
      expect(keys.filter((key) => rig.tie.keys.includes(key))).toEqual([])
    })

    it('brings what is modified while it reads, and loses nothing by it', async () => {
      const before = await rig.expectedKeys(null)
      const pages: ReadPage[] = []
      let changed: string[] = []
      for await (const page of source.read(rig.entity, { since: null, after: null, signal: idle() })) {
        pages.push(take(page))
        if (pages.length > 1) continue
        const seen = pages[0]?.keys ?? []
        const unseen = before.filter((key) => !seen.includes(key))
        changed = [...seen.slice(0, 1), ...unseen.slice(-1)]
        for (const key of changed) await rig.modify(key)
      }
      const [seenBefore = ''] = changed
      const keys = keysOf(pages)
      expect(changed).toHaveLength(2)
      expect(keys).toEqual(expect.arrayContaining([...before]))
      expect(keys.filter((key) => key === seenBefore)).toHaveLength(2)
    })

    it('reads by windows what it reads in one go: each record once, at the edges too, and the rest from where they end', async () => {
      if (!source.readWindow) return
      const stamps = (await readAll()).flatMap(({ records }) => records.map(stampOf)).filter((it) => it > 0)
      const { precisionMs } = rig.connector.clock(rig.connector.configSchema.parse(rig.config))
      const at = (share: number) => stamps[Math.floor(stamps.length * share)] ?? 0
      const bounds = [at(0.2), rig.tie.stamp.getTime(), at(0.9)]
        .sort((a, b) => a - b)
        .map((ms) => new Date(ms - (ms % precisionMs)))
      const pages: ReadPage[] = []
      for (const [i, until] of bounds.entries()) {
        const window = { from: bounds[i - 1] ?? null, until, signal: idle() }
        const first = pages.length
        for await (const page of source.readWindow(rig.entity, { ...window, after: null })) pages.push(take(page))
        const inWindow = pages.slice(first)
        for (const [nth, { cursor }] of inWindow.entries()) {
          const behind: ReadPage[] = []
          for await (const page of source.readWindow(rig.entity, { ...window, after: cursor })) behind.push(take(page))
          expect(keysOf(behind)).toEqual(keysOf(inWindow.slice(nth + 1)))
        }
        for (const stamp of inWindow.flatMap(({ records }) => records.map(stampOf))) {
          expect(stamp).toBeLessThan(until.getTime())
          expect(stamp).toBeGreaterThanOrEqual(bounds[i - 1]?.getTime() ?? 0)
        }
      }
      const rest = { since: null, stampedFrom: bounds.at(-1) ?? null, after: null, signal: idle() }
      for await (const page of source.read(rig.entity, rest)) pages.push(take(page))
      expect(sorted(keysOf(pages))).toEqual(sorted(await rig.expectedKeys(null)))
    })

    it('no longer reads what was removed', async () => {
      const [key = ''] = rig.tie.keys
      await rig.remove(key)
      expect(keysOf(await readAll())).not.toContain(key)
    })

    it('says which records are still there', async () => {
      if (!source.existing) return
      const all = await rig.expectedKeys(null)
      const [removed = ''] = rig.tie.keys
      await rig.remove(removed)
      const found = await source.existing(rig.entity, [...all, 'never-was'], idle())
      expect(sorted([...found])).toEqual(sorted(all.filter((key) => key !== removed)))
      expect(await source.existing(rig.entity, [], idle())).toEqual(new Set())
    })

    it('asks for one page ahead at most, and stops when its reader leaves', async () => {
      const before = rig.http.usage.requests
      for await (const page of source.read(rig.entity, { since: null, after: null, signal: idle() })) {
        expect(take(page).keys).not.toEqual([])
        break
      }
      expect(rig.http.usage.requests - before).toBeLessThanOrEqual(2)
    })

    it('ends at once when it is aborted', async () => {
      const controller = new AbortController()
      const reason = new Error('enough')
      const reading = source
        .read(rig.entity, { since: null, after: null, signal: controller.signal })
        [Symbol.asyncIterator]()
      expect((await reading.next()).done).toBe(false)
      controller.abort(reason)
      await expect(reading.next()).rejects.toBe(reason)
      await expect(source.check(controller.signal)).rejects.toBe(reason)
      await expect(source.count(rig.entity, null, controller.signal)).rejects.toBe(reason)
    })
  })
}

const idle = () => new AbortController().signal
const sorted = (keys: readonly string[]) => [...keys].sort()
const keysOf = (pages: readonly ReadPage[]) => pages.flatMap(({ keys }) => keys)
const stampOf = (record: SourceRecord) => mapped(record).sourceUpdatedAt?.getTime() ?? 0

function take(page: Page): ReadPage {
  const records = [...page.records()]
  return { cursor: page.cursor, records, keys: records.map((record) => mapped(record).externalId) }
}

function mapped(record: SourceRecord) {
  if ('rejected' in record) throw new Error(`A record was rejected: ${record.rejected}`)
  return record.record
}
