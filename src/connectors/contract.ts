import type { z } from 'zod'
import type { SyncedEntity } from '../model/entities.ts'
import type { MappedRecord } from '../model/record.ts'

/**
 * A source system. A connector is stateless: it describes the system and opens a source for one connection's config and
 * credentials. Paging, windows and mapping are its own; batches, retries, watermarks and storage are not.
 */
export interface Connector<Config = unknown, Credentials = unknown> {
  /** "odata", "demo", …: what createConnection.system names. */
  readonly key: string
  readonly name: string
  readonly category: 'ERP' | 'CMMS' | 'EAM' | 'DATABASE' | 'FILE'
  /** Every entity that the system may have. */
  readonly entities: readonly SyncedEntity[]
  readonly configSchema: z.ZodType<Config>
  /** Fields that are secrets carry the meta { writeOnly: true }. */
  readonly credentialsSchema: z.ZodType<Credentials>
  readonly creditCost: number
  /** The entities that this config sets up. */
  configured(config: Config): readonly SyncedEntity[]
  /**
   * What of the config decides which records of an entity are read and how they are mapped: where it changes, what is stored is of another
   * reading, and the entity is read whole. Absent: the whole config.
   */
  reading?(config: Config, entity: SyncedEntity): unknown
  /**
   * Every address to which credentials go under this config, those that it leaves to a default included. Stored credentials are not sent to an origin
   * that is new among them.
   */
  addresses(config: Config): readonly URL[]
  clock(config: Config): ClockProfile
  /** What the system may be asked, over all entities of a connection. Absent: four requests at once, at any rate. */
  limits?(config: Config): LimiterProfile
  open(input: { config: Config; credentials: Credentials; http: SourceHttp }): Source
}

/** How much a source may be asked, and how it says that it was asked too much. */
export interface LimiterProfile {
  readonly maxInFlight: number
  /** Null: only the number in flight is bounded. */
  readonly requestsPerSecond: number | null
  /** Whether an answer outside 2xx means "slow down"; 429 always does. `bodyStart` is the body's first 2 KB. */
  isThrottle?(status: number, headers: Readonly<Record<string, string>>, bodyStart: string): boolean
}

/** How far a source's time stamps can be trusted. */
export interface ClockProfile {
  /** How long after its own stamp a record may become visible: a watermark stays this far behind the run's end. */
  readonly lagMs: number
  /** The finest step of the source's stamps. */
  readonly precisionMs: number
  /** How far our clock may be off, where the source does not tell its own time. */
  readonly allowedSkewMs: number
}

/** One connection's view of its source. Every method throws SourceError only (or the signal's reason when aborted). */
export interface Source {
  /**
   * Asks the source, with these credentials, what it can serve: at least one authenticated request that proves that
   * records of each entity can be read. Where it shows none of any entity, credentials prove something only if wrong ones are answered
   * otherwise: see prove-credentials.ts. Throws CredentialsRejected, AccessDenied, SourceUnavailable, AnswerInvalid or
   * ConfigurationInvalid.
   */
  check(signal: AbortSignal): Promise<SyncedEntity[]>
  /** The source's own time; null where it does not tell it. */
  now(signal: AbortSignal): Promise<Date | null>
  /** How many records the window holds as the source counts them; null where it does not count. */
  count(entity: SyncedEntity, since: Date | null, signal: AbortSignal): Promise<number | null>
  /**
   * Every record created or modified at or after `since` (null: every record), open-ended, in pages, in the order of
   * (stamp, key) where the source allows. A record that changes while it is read comes again later. `after` is the cursor of a page of an
   * earlier call with the same input: reading goes on behind that page. The next request may be under way before the
   * consumer asks for the next page; leaving the loop early ends it. `stampedFrom` is where readWindow has read up to: what is stamped
   * earlier may be left out.
   */
  read(
    entity: SyncedEntity,
    input: { since: Date | null; stampedFrom?: Date | null; after: string | null; signal: AbortSignal },
  ): AsyncIterable<Page>
  /**
   * Every record stamped at or after `from` (null: from the first stamp on) and before `until`, in pages, in the order of (stamp, key).
   * Records without a stamp are in no window. Several windows may be read at once, with a cursor each. Throws WindowRefused where the
   * source turns out not to filter and order so. Absent: the source can be read in one go only.
   */
  readWindow?(
    entity: SyncedEntity,
    input: { from: Date | null; until: Date; after: string | null; signal: AbortSignal },
  ): AsyncIterable<Page>
  /** Whether read() pages by key: only then is one enumeration enough to say what is not there. */
  readsByKey(entity: SyncedEntity): boolean
  /** Which of these records the source still has. Absent where it cannot be asked by key. */
  existing?(entity: SyncedEntity, externalIds: readonly string[], signal: AbortSignal): Promise<Set<string>>
}

export interface Page {
  /** Opaque, ≤ 4 KB, never a secret: stored in the checkpoint and handed back as `after`. */
  readonly cursor: string
  /** About how much memory it holds, so that few large pages are fetched ahead; absent: little. */
  readonly bytes?: number
  /** Parses and maps, one record at each step: called once, when the page's turn comes. */
  records(): Iterable<SourceRecord>
  /**
   * In place of records(), where most of them are expected to be stored already as they come: what maps a record may
   * wait until its text is known to differ. Absent: the connector reads nothing of a record without mapping it.
   */
  unmapped?(): Iterable<SourceRecord | UnmappedRecord>
}

/**
 * One record as received, of which only its place is read yet. What map() makes of it depends on `raw`, the config's
 * reading and our code alone; where it is no rejection, it has this key and these stamps.
 */
export interface UnmappedRecord {
  readonly raw: string
  readonly externalId: string
  readonly sourceCreatedAt: Date | null
  readonly sourceUpdatedAt: Date | null
  map(): SourceRecord
}

/** One record as received and as mapped; or why it could not be mapped. */
export type SourceRecord = {
  /** The record's text as received. */
  readonly raw: string
  /** `raw` without the parts that change on every read (etags); absent when it has none. */
  readonly stableRaw?: string
} & ({ readonly record: MappedRecord } | { readonly rejected: string; readonly externalId: string | null })

/**
 * The only way a connector reaches the network. It refuses hosts that may not be asked, bounds time and size, counts what the source is
 * asked, and turns failures into SourceError.
 */
export interface SourceHttp {
  /**
   * GET. Follows no redirect to another origin. Returns 2xx answers only: 401 throws CredentialsRejected, 403
   * AccessDenied, 429 and what the connector's limits call throttling RateLimited, 408 and 5xx and transport failures SourceUnavailable, other 4xx
   * ConfigurationInvalid (with the status).
   */
  get(url: URL, request: SourceRequest): Promise<SourceResponse>
  /** What this source has been asked so far. */
  readonly usage: { requests: number; bytes: number }
}

export interface SourceRequest {
  readonly headers?: Readonly<Record<string, string>>
  /** Media types the answer may have, without parameters; any other throws AnswerInvalid. */
  readonly expect: readonly string[]
  readonly signal: AbortSignal
  /** Default 32 MiB of decoded body; beyond it AnswerInvalid. */
  readonly maxBytes?: number
}

export interface SourceResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The Date header, the server's clock in whole seconds. */
  readonly date: Date | null
}
