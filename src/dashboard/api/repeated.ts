export interface RepeatedOptions {
  /** Asks once; says in the end whether it was answered well, unless it is left before. Returns how to leave it. */
  ask: (answered: (well: boolean) => void) => () => void
  /** The least time from an answer to the next question. */
  everyMs: number
  /** The most: not all that changes is told. */
  idleMs: number
}

const firstRetryMs = 2_000
const longestRetryMs = 30_000
/** What has waited longer may have died with the way to the API, or in the computer's sleep. */
const doubtfulMs = 5_000

/**
 * A question that is asked again and again: never while it is being asked, and not while nobody looks. One that failed is repeated by itself, each
 * time after a longer pause.
 */
export class Repeated {
  readonly #options: RepeatedOptions
  #leave: (() => void) | null = null
  #waiting: ReturnType<typeof setTimeout> | undefined
  /** The pause before the next question; Infinity: nothing has changed. */
  #wantedMs = Number.POSITIVE_INFINITY
  #failures = 0
  #askedAt = 0
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(options: RepeatedOptions) {
    this.#options = options
    document.addEventListener('visibilitychange', this.#schedule)
    this.#ask()
  }

  /** The answer may have changed. `pauseMs`: from the last answer to the next question at the least. */
  soon(pauseMs = this.#options.everyMs) {
    this.#wantedMs = Math.min(this.#wantedMs, pauseMs)
    this.#schedule()
  }

  /** Somebody waits for it. */
  now() {
    this.#leaveDoubtful()
    this.#answeredAt = Number.NEGATIVE_INFINITY
    this.soon()
  }

  /** The API is reached again: what it did not answer before it may answer now, and much may have changed. */
  reached() {
    this.#leaveDoubtful()
    this.#failures = 0
    this.soon()
  }

  stop() {
    document.removeEventListener('visibilitychange', this.#schedule)
    clearTimeout(this.#waiting)
    this.#leave?.()
  }

  readonly #schedule = () => {
    if (this.#leave !== null) return
    clearTimeout(this.#waiting)
    if (document.visibilityState === 'hidden') return
    this.#waiting = setTimeout(() => this.#ask(), Math.max(0, this.#answeredAt + this.#pauseMs() - performance.now()))
  }

  #pauseMs(): number {
    if (this.#failures > 0) return Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1))
    return Math.min(this.#wantedMs, this.#options.idleMs)
  }

  #ask() {
    this.#wantedMs = Number.POSITIVE_INFINITY
    this.#askedAt = performance.now()
    this.#leave = this.#options.ask((well) => this.#ended(well))
  }

  #leaveDoubtful() {
    if (performance.now() - this.#askedAt < doubtfulMs) return
    this.#leave?.()
    this.#leave = null
  }

  #ended(well: boolean) {
    this.#leave = null
    this.#failures = well ? 0 : this.#failures + 1
    this.#answeredAt = performance.now()
    this.#schedule()
  }
}
