import type { StoredEvent } from '../store/event-read.ts'
import type { Tail } from './tail.ts'

/** Where a stream's events can go without a promise for each. */
export interface Outlet {
  /**
   * Sends it, and calls `sent`, later, when it has left the process or never will. False, and nothing is sent or called: this one has to be taken from
   * the stream.
   */
  send(event: StoredEvent, sent: () => void): boolean
}

/** Where a reader stands in its connection's events. */
export interface Place {
  /** Null: what follows cannot be told from the tail alone. */
  cursor: bigint | null
  /** Whether it is for this reader; null: what it means has to be found out by reading. */
  accepts(event: StoredEvent): boolean | null
}

/** The tail had been read up to `head` before a reader's credential was found to be good. */
export interface ConfirmedNews {
  tail: Tail
  head: bigint
  confirmedAt: number
}

/** A batch that its consumer takes slowly is not delivered on an old confirmation. */
export const confirmationHoldsMs = 500

/**
 * While a reader sleeps at the end of its stream: hands it what is new, one event at a time, the next when the last has left the process. It knows
 * the ordinary case only. At anything else it wakes the reader, which goes on from the place that was reached here.
 */
export class DirectDelivery {
  readonly #place: Place
  readonly #outlet: Outlet
  #news: ConfirmedNews | undefined
  #underWay = false
  #wake: (() => void) | undefined
  #idle: (() => void) | undefined
  readonly #sent = () => {
    this.#underWay = false
    this.#idle?.()
    this.#next()
  }

  constructor(place: Place, outlet: Outlet) {
    this.#place = place
    this.#outlet = outlet
  }

  /** False: the reader has to look for itself. */
  begin(wake: () => void): boolean {
    if (this.#place.cursor === null) return false
    this.#wake = wake
    return true
  }

  /** Nothing begins to be sent any more; `idle` is called when nothing is under way. */
  end(idle: () => void) {
    this.#wake = undefined
    this.#news = undefined
    if (!this.#underWay) return idle()
    this.#idle = () => {
      this.#idle = undefined
      idle()
    }
  }

  deliver(news: ConfirmedNews) {
    // confirmations may overtake each other
    if (!this.#wake || (this.#news && this.#news.head >= news.head)) return
    this.#news = news
    if (!this.#underWay) this.#next()
  }

  #next() {
    while (this.#news) {
      const { tail, head, confirmedAt } = this.#news
      const { cursor } = this.#place
      if (cursor !== null && cursor >= head) {
        this.#news = undefined
        return
      }
      const holds = performance.now() - confirmedAt <= confirmationHoldsMs
      const event = cursor !== null && holds ? tail.next(cursor) : undefined
      const accepted = event ? this.#place.accepts(event) : null
      if (!event || accepted === null) return this.#wake?.()
      if (accepted) {
        if (!this.#outlet.send(event, this.#sent)) return this.#wake?.()
        this.#underWay = true
      }
      this.#place.cursor = event.sequence
      if (accepted) return
    }
  }
}
