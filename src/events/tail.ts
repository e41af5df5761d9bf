import type pg from 'pg'
import { eventExtent, eventsOfConnection, type StoredEvent } from '../store/event-read.ts'
import type { Querier } from '../store/line.ts'
import { oneAtATime } from './one-at-a-time.ts'

/** For whom events are kept: who follows the connection itself, or only its environment. */
export type Audience = 'connection' | 'environment'

/**
 * How many of a connection's newest events are kept at the most, and begun with. Who comes back to a connection after a break is mostly served without a
 * look at the store; who follows an environment comes back to nothing.
 */
const reach = {
  connection: { kept: 500, first: 100n },
  environment: { kept: 50, first: 10n },
} as const
const readAtOnce = 500

/** By credential: what came of asking whether it is still good. */
export type Confirmations = ReadonlyMap<string, Promise<void>>

export interface TailSource {
  pool: pg.Pool
  /** What is new is read on it. */
  line: Querier
  /** Asks for those who wait for what is new; what it asks on the line comes behind the read. */
  confirm(connectionId: string): Confirmations
}

/**
 * The newest events of one connection, read once for all who follow it: every event above `from` up to `head`, in order, without a gap. Whoever stands
 * below `from` reads the store for itself until it has caught up.
 */
export class Tail {
  readonly connectionId: string
  readonly environmentId: string
  readonly #source: TailSource
  #from: bigint
  #head: bigint
  #events: StoredEvent[] = []
  #told: bigint | undefined
  #kept: number
  #confirmations: Confirmations = new Map()
  readonly #readOn = oneAtATime(() => this.#read())
  /** When it last had to look. */
  advancedAt = performance.now()

  private constructor(
    source: TailSource,
    connectionId: string,
    environmentId: string,
    audience: Audience,
    from: bigint,
  ) {
    this.#source = source
    this.#kept = reach[audience].kept
    this.connectionId = connectionId
    this.environmentId = environmentId
    this.#from = from
    this.#head = from
  }

  static async open(
    source: TailSource,
    connectionId: string,
    environmentId: string,
    audience: Audience,
  ): Promise<Tail> {
    const { first, last } = await eventExtent(source.pool, connectionId)
    const oldest = first === null ? last : first - 1n
    const newest = last - reach[audience].first
    const tail = new Tail(source, connectionId, environmentId, audience, newest > oldest ? newest : oldest)
    await tail.advance(audience)
    return tail
  }

  /** The newest event's sequence, as far as it has been read. */
  get head(): bigint {
    return this.#head
  }

  /** Asked for behind the last read: whoever is good by them may have what stands up to the head. */
  get confirmations(): Confirmations {
    return this.#confirmations
  }

  /** How many events it keeps. */
  get size(): number {
    return this.#events.length
  }

  /** Keeps none of them: whoever needs one reads the store. */
  forget() {
    this.#events = []
    this.#from = this.#head
  }

  /** Whether it has events of which it did not say so before. */
  takeNews(): boolean {
    const news = this.#told !== this.#head
    this.#told = this.#head
    return news
  }

  /** The events above the cursor; null where it cannot say, because the cursor stands below what it keeps. */
  after(cursor: bigint): readonly StoredEvent[] | null {
    if (cursor < this.#from) return null
    return this.#events.slice(this.#events.findLastIndex(({ sequence }) => sequence <= cursor) + 1)
  }

  /** The first above the cursor; undefined where there is none, or it is not kept. */
  next(cursor: bigint): StoredEvent | undefined {
    return cursor < this.#from ? undefined : this.#events[Number(cursor - this.#from)]
  }

  /**
   * Reads what was written since; settles when everything that was committed before the call is there. `upTo`: the newest that there is, where that is
   * known; what has been read already is not read again.
   */
  async advance(audience: Audience, upTo: bigint | null = null): Promise<void> {
    this.#kept = reach[audience].kept
    if (upTo !== null && this.#head >= upTo) return
    this.advancedAt = performance.now()
    await this.#readOn()
  }

  async #read() {
    for (let more = true; more; ) {
      const reading = eventsOfConnection(this.#source.line, this.connectionId, this.#head, readAtOnce)
      this.#confirmations = this.#source.confirm(this.connectionId)
      const events = await reading
      this.#keep(events)
      more = events.length === readAtOnce
    }
  }

  #keep(events: readonly StoredEvent[]) {
    this.#events.push(...events)
    this.#head = events.at(-1)?.sequence ?? this.#head
    const dropped = this.#events.splice(0, Math.max(this.#events.length - this.#kept, 0))
    this.#from = dropped.at(-1)?.sequence ?? this.#from
  }
}
