const count = (max: number) => (value: unknown) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new TypeError(`is not a whole number from 0 to ${max}`)
  }
  return value
}

const signed = (max: number) => (value: unknown) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > max) {
    throw new TypeError(`is not a whole number from -${max} to ${max}`)
  }
  return value
}

const flag = (value: unknown) => {
  if (typeof value !== 'boolean') throw new TypeError('is neither true nor false')
  return value
}

const precision = (value: unknown) => {
  if (value !== 'millisecond' && value !== 'second') throw new TypeError('is neither millisecond nor second')
  return value
}

const utcOffset = (value: unknown) => {
  if (typeof value !== 'string' || !/^([+-](0\d|1[0-4]):[0-5]\d)?$/.test(value)) {
    throw new TypeError('is not an offset like +02:00, nor empty')
  }
  return value
}

const collection = (value: unknown) => {
  if (typeof value !== 'string' || !/^[a-z-]{0,40}$/.test(value)) {
    throw new TypeError('is not the name of a collection, nor empty')
  }
  return value
}

const DAY = 86_400_000
const nth = { off: 0, read: count(1_000_000) }

/** Everything that can be made to go wrong while the source runs: its state when nothing is asked, and what it may be. */
const table = {
  /** Every answer of the API waits this long. */
  latencyMs: { off: 0, read: count(600_000) },
  /** Every nth record is broken so that no mapping may take it; 0: none. */
  malformed: nth,
  /** The API answers 200 with a web page. */
  html: { off: false, read: flag },
  /** The API answers 401 to everyone. */
  refuse: { off: false, read: flag },
  /** Who would be answered 401 is answered 200 with nothing in it. */
  badKeyEmpty: { off: false, read: flag },
  /** Requests for this collection are answered 403; empty: none are. */
  forbidden: { off: '', read: collection },
  /** The API takes requests and never answers. */
  hang: { off: false, read: flag },
  /** Every nth request is answered 500. */
  error500: nth,
  /** Every nth request is answered 429. */
  throttle429: nth,
  /** Every nth request is answered 403, without headers; only the body says that there were too many. */
  throttle403: nth,
  /** Every nth request is answered 503. */
  throttle503: nth,
  /** The Retry-After of 429 and 503, in seconds; 0: none. */
  retryAfter: { off: 0, read: count(86_400) },
  /** The connection of every nth request breaks in the middle of the answer. */
  reset: nth,
  /** Answers trickle: so many bytes every 20 ms; 0: at once. */
  slow: { off: 0, read: count(1_000_000) },
  /** Stamps are served cut to the second, and kept and compared to the millisecond. */
  clockPrecision: { off: 'millisecond', read: precision },
  /** Stamps are served without an offset, as the time of this one; empty: as UTC with a Z. */
  zoneless: { off: '', read: utcOffset },
  /** How far the source's whole clock is ahead, or behind where negative. */
  clockSkewMs: { off: 0, read: signed(30 * DAY) },
  /** Changes become visible so long after their stamp. */
  lateCommitMs: { off: 0, read: count(DAY) },
  /** Lists do not look at `since`: everything comes. */
  ignoreFilter: { off: false, read: flag },
  /** Every nth record is in no list and no count, but is there by key. */
  hideEvery: nth,
  /** Touching a purchase order changes one of its lines; its own stamp does not move. */
  lineTouch: { off: false, read: flag },
} as const

export type Switches = { [K in keyof typeof table]: ReturnType<(typeof table)[K]['read']> }

export function initialSwitches(given: Partial<Switches>): Switches {
  const off = Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, entry.off]))
  return readSwitches(off as Switches, given) // fromEntries forgets the keys
}

/** The switches with what the caller gave; throws TypeError naming what is unknown or wrong. */
export function readSwitches(current: Switches, given: Readonly<Record<string, unknown>>): Switches {
  const next: Record<string, unknown> = { ...current }
  for (const [name, value] of Object.entries(given)) {
    const entry = Object.entries(table).find(([known]) => known === name)?.[1]
    if (!entry) throw new TypeError(`There is no switch ${name}. There are: ${Object.keys(table).join(', ')}.`)
    try {
      next[name] = entry.read(value)
    } catch (error) {
      throw new TypeError(`${name} ${error instanceof Error ? error.message : 'is wrong'}.`)
    }
  }
  return next as Switches // every value went through its reader
}
