const count = (max: number) => (value: unknown) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new TypeError(`is not a whole number from 0 to ${max}`)
  }
  return value
}

const flag = (value: unknown) => {
  if (typeof value !== 'boolean') throw new TypeError('is neither true nor false')
  return value
}

/** Everything that can be made to go wrong while the source runs: its state when nothing is asked, and what it may be. */
const table = {
  /** Every answer of the API waits this long. */
  latencyMs: { off: 0, read: count(600_000) },
  /** Every nth record is broken so that no mapping may take it; 0: none. */
  malformed: { off: 0, read: count(1_000_000) },
  /** The API answers 200 with a web page. */
  html: { off: false, read: flag },
  /** The API answers 401 to everyone. */
  refuse: { off: false, read: flag },
  /** The API takes requests and never answers. */
  hang: { off: false, read: flag },
}

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
