import { Random } from './random.ts'

const DAY = 86_400_000
const STREAM = 99
// what lies before the usual history period of 90 days, so that the period can be seen to work
const OLD_SHARE = 0.02

export interface StampOptions {
  seed: number
  anchor: Date
  count: number
  /** Runs of this many records have exactly equal stamps. */
  tieGroup: number
}

/** The modified stamps (ms) of a collection as generated: computed, never stored; non-decreasing, all before the anchor. */
export class Stamps {
  readonly #options: StampOptions
  readonly #anchor: number
  readonly #old: number

  constructor(options: StampOptions) {
    this.#options = options
    this.#anchor = options.anchor.getTime()
    this.#old = Math.floor(options.count * OLD_SHARE)
  }

  at(index: number): number {
    const { seed, count, tieGroup } = this.#options
    const first = index - (index % tieGroup)
    const share = new Random(seed, STREAM, first).below(1_000_000) / 1_000_000
    if (first < this.#old) return this.#between(400, 95, (first + share) / this.#old)
    return this.#between(85, 0.01, (first - this.#old + share) / (count - this.#old))
  }

  /** The first index whose stamp is at or after `stamp`. */
  from(stamp: number): number {
    let low = 0
    let high = this.#options.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at(middle) < stamp) low = middle + 1
      else high = middle
    }
    return low
  }

  #between(daysFrom: number, daysTo: number, share: number): number {
    return Math.floor(this.#anchor - daysFrom * DAY + (daysFrom - daysTo) * DAY * share)
  }
}
