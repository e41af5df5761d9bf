import { entities, syncedEntities, type SyncedEntity } from '../../model/entities.ts'
import type { Page, Source, SourceHttp } from '../contract.ts'
import { AnswerInvalid } from '../errors.ts'
import type { DemoCredentials } from './config.ts'
import { isRow } from './mapping.ts'
import { mappings } from './mappings.ts'
import { type PageEnd, readEnd, sliceRecords } from './page.ts'
import { placeOf } from './place.ts'
import { toRecord } from './record.ts'
import { proveCredentials, wrongSecret } from '../prove-credentials.ts'
import { toZoneless } from './zone.ts'

interface DemoSourceInput {
  /** Ends with "/". */
  baseUrl: URL
  pageSize: number
  /** The zone of stamps that come without an offset; null: there are none. */
  utcOffset: string | null
  credentials: DemoCredentials
  http: SourceHttp
}

interface Window {
  since: Date | null
  until: Date | null
}

interface PageRequest extends Window {
  after: string | null
  limit: number
}

// the demo ERP takes up to 500; this many keys of ordinary length fit into any server's request line
const KEYS_IN_ONE_QUESTION = 250

export function openDemoSource({ baseUrl, pageSize, utcOffset, credentials, http }: DemoSourceInput): Source {
  async function get(
    path: string,
    query: URLSearchParams,
    signal: AbortSignal,
    { apiKey } = credentials,
  ): Promise<string> {
    const url = new URL(`api/v1/${path}`, baseUrl)
    url.search = query.toString()
    const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    return (await http.get(url, { headers, expect: ['application/json'], signal })).text
  }

  async function member(name: string, path: string, query: URLSearchParams, signal: AbortSignal): Promise<unknown> {
    return parseObject(await get(path, query, signal))[name]
  }

  async function pageAt(
    entity: SyncedEntity,
    asked: PageRequest,
    signal: AbortSignal,
    as?: DemoCredentials,
  ): Promise<{ text: string; end: PageEnd }> {
    const query = filter(asked)
    query.set('limit', String(asked.limit))
    if (asked.after !== null) query.set('after', asked.after)
    const text = await get(mappings[entity].collection, query, signal, as)
    return { text, end: readEnd(text) }
  }

  const stamp = (moment: Date) => (utcOffset === null ? moment.toISOString() : toZoneless(moment, utcOffset))

  const filter = ({ since, until }: Window) =>
    new URLSearchParams({ ...(since && { since: stamp(since) }), ...(until && { until: stamp(until) }) })

  async function* readPages(
    entity: SyncedEntity,
    window: Window,
    after: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<Page> {
    const left = new AbortController()
    const both = AbortSignal.any([signal, left.signal])
    const ask = (cursor: string | null) => {
      const asked = pageAt(entity, { ...window, after: cursor, limit: pageSize }, both)
      // its failure is told when its turn comes, and to nobody when the reader has left
      asked.catch(() => {})
      return asked
    }
    let at = after
    let asked: ReturnType<typeof ask> | null = ask(at)
    try {
      while (asked) {
        const { text, end }: { text: string; end: PageEnd } = await asked
        if (end.next !== null && end.next === at) throw new AnswerInvalid('The page does not advance.')
        at = end.next
        asked = end.next === null ? null : ask(end.next)
        const page = toPage(entity, text, end, utcOffset)
        if (page) yield page
        signal.throwIfAborted()
      }
    } finally {
      left.abort()
    }
  }

  return {
    async check(signal) {
      const first = { since: null, until: null, after: null, limit: 1 }
      const isEmpty = async (entity: SyncedEntity, as?: DemoCredentials) =>
        (await pageAt(entity, first, signal, as)).end.last === null
      const empty = await Promise.all(syncedEntities.map((entity) => isEmpty(entity)))
      if (credentials.apiKey !== undefined && empty.every((it) => it))
        await proveCredentials(() => isEmpty('VENDOR', { apiKey: wrongSecret() }))
      return [...syncedEntities]
    },

    async now(signal) {
      return new Date(wholeNumber('now', await member('now', 'clock', new URLSearchParams(), signal)))
    },

    async count(entity, since, signal) {
      const query = filter({ since, until: null })
      return wholeNumber('count', await member('count', `${mappings[entity].collection}/count`, query, signal))
    },

    read: (entity, { since, stampedFrom, after, signal }) =>
      readPages(entity, { since: stampedFrom ?? since, until: null }, after, signal),

    readWindow: (entity, { from, until, after, signal }) => readPages(entity, { since: from, until }, after, signal),

    readsByKey: () => true,

    async existing(entity, externalIds, signal) {
      const found = new Set<string>()
      for (let start = 0; start < externalIds.length; start += KEYS_IN_ONE_QUESTION) {
        const asked = externalIds.slice(start, start + KEYS_IN_ONE_QUESTION)
        const query = new URLSearchParams(asked.map((key) => ['key', key] as [string, string])) // not just any two strings
        const keys = await member('keys', `${mappings[entity].collection}/existing`, query, signal)
        if (!Array.isArray(keys)) throw new AnswerInvalid('The answer to which records exist has no keys.')
        const there = new Set<unknown>(keys)
        for (const key of asked) if (there.has(key)) found.add(key)
      }
      return found
    },
  }
}

function toPage(entity: SyncedEntity, text: string, { last }: PageEnd, utcOffset: string | null): Page | null {
  if (last === null) return null
  const map = (raw: string) => toRecord(raw, mappings[entity], entities[entity], utcOffset)
  const page = { cursor: last, bytes: text.length, records: () => each(text, map) }
  // stamps without an offset are read only when the record is mapped
  if (utcOffset !== null) return page
  const { key } = mappings[entity]
  return { ...page, unmapped: () => each(text, (raw) => placeOf(raw, key, map) ?? map(raw)) }
}

function* each<T>(text: string, make: (raw: string) => T): Generator<T> {
  for (const raw of sliceRecords(text)) yield make(raw)
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text)
    if (isRow(body)) return body
  } catch (cause) {
    throw new AnswerInvalid('The answer is not JSON.', { cause })
  }
  throw new AnswerInvalid('The answer is not an object.')
}

function wholeNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new AnswerInvalid(`The answer has no ${name}.`)
}
