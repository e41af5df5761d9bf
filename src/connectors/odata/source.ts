import type { SyncedEntity } from '../../model/entities.ts'
import type { Page, Source, SourceHttp } from '../contract.ts'
import { AccessDenied, AnswerInvalid, ConfigurationInvalid, SourceError, WindowRefused } from '../errors.ts'
import { checkPaths, checkRead } from './check.ts'
import { configuredEntities, type ODataConfig, type ODataCredentials } from './config.ts'
import { readCursor } from './cursor.ts'
import { existing } from './existing.ts'
import { proveCredentials } from '../prove-credentials.ts'
import { type Metadata, parseMetadata } from './metadata.ts'
import { createPlan, type EntityPlan } from './plan.ts'
import { windowFilter } from './query.ts'
import { firstPosition, NotByKey, type ReadInput, type ReadPage, readByKey, windowPosition } from './read-by-key.ts'
import { readByLink } from './read-by-link.ts'
import { type ReadRecord, toSourceRecord, toUnmappedRecord } from './record.ts'
import { createService, type Service } from './service.ts'
import { wrongCredentials } from './wrong-credentials.ts'

export class ODataSource implements Source {
  readonly #config: ODataConfig
  readonly #credentials: ODataCredentials
  readonly #http: SourceHttp
  readonly #service: Service
  /** How the last reading of each entity went; it is known only from reading. */
  readonly #byKey = new Map<SyncedEntity, boolean>()
  #metadata: Promise<Metadata> | undefined

  constructor(input: { config: ODataConfig; credentials: ODataCredentials; http: SourceHttp }) {
    this.#config = input.config
    this.#credentials = input.credentials
    this.#http = input.http
    this.#service = createService(input.config, input.credentials, input.http)
  }

  async check(signal: AbortSignal): Promise<SyncedEntity[]> {
    const found = configuredEntities(this.#config)
    let empty: EntityPlan | null = null
    let shown = false
    for (const entity of found) {
      const plan = await this.#plan(entity, signal)
      checkPaths(plan)
      if (await checkRead(this.#service, plan, signal)) shown = true
      else empty = plan
    }
    const wrong = wrongCredentials(this.#credentials)
    if (!shown && empty && wrong) await this.#proveCredentials(wrong, empty, signal)
    return found
  }

  async #proveCredentials(wrong: ODataCredentials, plan: EntityPlan, signal: AbortSignal): Promise<void> {
    const service = createService(this.#config, wrong, this.#http)
    await proveCredentials(async () => !(await checkRead(service, plan, signal)))
  }

  /** The Date header of the service document, the cheapest answer that a service has. */
  async now(signal: AbortSignal): Promise<Date | null> {
    try {
      const { date, headers } = await this.#service.get(this.#service.url(''), ['application/json'], signal)
      // a cache's answer tells when it was stored
      return headers['age'] === undefined ? date : null
    } catch (error) {
      return absentWhere(error)
    }
  }

  async count(entity: SyncedEntity, since: Date | null, signal: AbortSignal): Promise<number | null> {
    const plan = await this.#plan(entity, signal)
    const filter = windowFilter(plan, since)
    const url = this.#service.url(`${plan.config.set}/$count`, filter === undefined ? {} : { $filter: filter })
    try {
      const { text } = await this.#service.get(url, ['text/plain', 'application/json'], signal)
      return /^\d{1,15}$/.test(text.trim()) ? Number(text) : null
    } catch (error) {
      return absentWhere(error)
    }
  }

  /**
   * By key where config and service allow. A service that turns out not to, at its first page or later, is read from
   * the start by its own links: what was given out before comes again.
   */
  async *read(
    entity: SyncedEntity,
    input: { since: Date | null; stampedFrom?: Date | null; after: string | null; signal: AbortSignal },
  ): AsyncGenerator<Page, void> {
    yield* this.#mappedPages(entity, input.signal, (plan, reading) =>
      this.#pages(plan, { ...input, ...reading }, input.after),
    )
  }

  async *readWindow(
    entity: SyncedEntity,
    input: { from: Date | null; until: Date; after: string | null; signal: AbortSignal },
  ): AsyncGenerator<Page, void> {
    yield* this.#mappedPages(entity, input.signal, (plan, reading) =>
      this.#windowPages(plan, { since: input.from, until: input.until, ...reading }, input.after),
    )
  }

  /** True once, and as long as, this source has read the entity by key; a resumed run knows it from its first page. */
  readsByKey(entity: SyncedEntity): boolean {
    return this.#byKey.get(entity) ?? false
  }

  async existing(entity: SyncedEntity, externalIds: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    return existing(this.#service, await this.#plan(entity, signal), externalIds, signal)
  }

  async *#mappedPages(
    entity: SyncedEntity,
    given: AbortSignal,
    pagesOf: (plan: EntityPlan, reading: { pageSize: number; signal: AbortSignal }) => AsyncIterable<ReadPage>,
  ): AsyncGenerator<Page, void> {
    const left = new AbortController()
    const signal = AbortSignal.any([given, left.signal])
    try {
      const plan = await this.#plan(entity, signal)
      for await (const { cursor, records } of pagesOf(plan, { pageSize: this.#config.pageSize ?? 1_000, signal })) {
        signal.throwIfAborted()
        yield {
          cursor,
          bytes: weightOf(records),
          records: () => each(records, (it) => toSourceRecord(plan, it)),
          unmapped: () => each(records, (it) => toUnmappedRecord(plan, it)),
        }
      }
    } finally {
      left.abort()
    }
  }

  async *#windowPages(plan: EntityPlan, input: ReadInput, after: string | null): AsyncGenerator<ReadPage, void> {
    const at = after === null ? { position: windowPosition } : readCursor(after)
    if ('done' in at) return
    // a moment within a day means nothing to stamps that are dates
    const canBeCut = plan.pagesByKey && plan.stamp !== undefined && plan.stamp.property.type !== 'Edm.Date'
    if ('link' in at || !canBeCut) throw cannotByWindow()
    try {
      yield* readByKey(this.#service, plan, input, at.position)
    } catch (error) {
      throw error instanceof NotByKey ? cannotByWindow() : error
    }
  }

  async *#pages(plan: EntityPlan, input: ReadInput, after: string | null): AsyncGenerator<ReadPage, void> {
    const from = after === null ? { position: firstPosition(plan) } : readCursor(after)
    if ('done' in from) {
      this.#byKey.set(plan.entity, from.byKey)
      return
    }
    let link: string | null = null
    if ('link' in from) link = from.link
    else if (plan.pagesByKey) {
      try {
        this.#byKey.set(plan.entity, true)
        yield* readByKey(this.#service, plan, input, from.position)
        return
      } catch (error) {
        if (!(error instanceof NotByKey)) throw error
      }
    }
    this.#byKey.set(plan.entity, false)
    yield* readByLink(this.#service, plan, input, link)
  }

  async #plan(entity: SyncedEntity, signal: AbortSignal): Promise<EntityPlan> {
    const config = this.#config.entities[entity]
    if (!config)
      throw new ConfigurationInvalid(`The connection does not set up ${entity}.`, { path: ['entities', entity] })
    return createPlan(entity, config, await this.#metadataOnce(signal))
  }

  /** Once, however many readers begin at the same time: some documents are megabytes. */
  async #metadataOnce(signal: AbortSignal): Promise<Metadata> {
    this.#metadata ??= this.#readMetadata(signal)
    try {
      return await this.#metadata
    } catch (error) {
      this.#metadata = undefined
      throw error
    }
  }

  async #readMetadata(signal: AbortSignal): Promise<Metadata> {
    const expect = ['application/xml', 'text/xml']
    try {
      const { text } = await this.#service.get(this.#service.url('$metadata'), expect, signal)
      return parseMetadata(text)
    } catch (error) {
      if (!(error instanceof ConfigurationInvalid) || error.path.length > 0) throw error
      const message = `There is no OData service at the base URL: its $metadata answers HTTP ${error.status}.`
      const options = { path: ['baseUrl'], cause: error }
      throw new ConfigurationInvalid(
        message,
        error.status === undefined ? options : { ...options, status: error.status },
      )
    }
  }
}

const cannotByWindow = () => new WindowRefused('The service cannot be read in the order of its stamps and keys.')

/** The text, and about as much again for what was parsed of it. */
const weightOf = (records: readonly ReadRecord[]) => records.reduce((sum, { raw }) => sum + 2 * raw.length, 0)

function* each<T>(records: readonly ReadRecord[], make: (record: ReadRecord) => T): Generator<T> {
  for (const it of records) yield make(it)
}

/** A convenience that a service refuses is one that it does not have; anything else is a failure. */
function absentWhere(error: unknown): null {
  const refused =
    error instanceof ConfigurationInvalid || error instanceof AccessDenied || error instanceof AnswerInvalid
  if (refused || (error instanceof SourceError && error.status === 501)) return null
  throw error
}
