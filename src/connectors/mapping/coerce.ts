import { LosslessNumber } from 'lossless-json'
import { plainDate, utcDateTime } from './date-time.ts'
import { plainDecimal } from './decimal.ts'

/** A source value that is not what its field holds. The message names kinds, never the value. */
export class NotCoercible extends Error {
  constructor(value: unknown, wanted: string) {
    super(`${kindOf(value)} is not ${wanted}`)
  }
}

/** Turns a present, non-null source value into the field's; null clears the field. */
export type Coerce = (value: unknown) => unknown

type ScalarKind = 'text' | 'integer' | 'float' | 'boolean' | 'decimal' | 'date' | 'dateTime' | 'texts' | 'reference'

export const coercions: Record<ScalarKind, Coerce> = {
  text: toText,
  reference: toText,
  texts: (value) => (Array.isArray(value) ? value.filter((it) => it !== null).map(toText) : [toText(value)]),
  decimal: toDecimal,
  integer(value) {
    const text = typeof value === 'number' && Number.isInteger(value) ? value : toDecimal(value)
    if (text === null || typeof text === 'number') return text
    if (!/^-?\d+(\.0*)?$/.test(text)) throw new NotCoercible(value, 'a whole number')
    return Number(text)
  },
  float(value) {
    const text = toDecimal(value)
    return text === null ? null : Number(text)
  },
  boolean(value) {
    const found = booleans.get(typeof value === 'string' ? value.trim().toUpperCase() : value)
    if (found === undefined) throw new NotCoercible(value, 'a yes or no')
    return found
  },
  date: (value) => fromText(value, plainDate, 'a date'),
  dateTime: (value) => fromText(value, utcDateTime, 'a date and time'),
}

const booleans = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['1', true],
  ['TRUE', true],
  ['Y', true],
  ['X', true],
  [false, false],
  [0, false],
  ['0', false],
  ['FALSE', false],
  ['N', false],
  ['', false],
])

export function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof LosslessNumber) return value.value
  throw new NotCoercible(value, 'a text')
}

/** Exact: a number's digits as received. An empty text is how many sources write that there is none. */
export function toDecimal(value: unknown): string | null {
  if (typeof value === 'string' && value.trim() === '') return null
  const isNumber = typeof value === 'number' || typeof value === 'string' || value instanceof LosslessNumber
  const text = isNumber ? plainDecimal(toText(value)) : null
  if (text === null) throw new NotCoercible(value, 'a decimal number')
  return text
}

/** The member of `names` that the source's word stands for, by `values` first, then by its own spelling; else null. */
export function toEnum(names: readonly string[], values: Readonly<Record<string, string>>): Coerce {
  const known = new Map(names.map((name) => [name, name]))
  const given = new Map(Object.entries(values))
  return (value) => {
    const word = toText(value)
    return (
      given.get(word) ??
      known.get(
        word
          .trim()
          .toUpperCase()
          .replace(/[\s-]+/g, '_'),
      ) ??
      null
    )
  }
}

function fromText(value: unknown, read: (text: string) => string | null, wanted: string): string | null {
  if (typeof value === 'string' && value.trim() === '') return null
  const result = typeof value === 'string' ? read(value) : null
  if (result === null) throw new NotCoercible(value, wanted)
  return result
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value instanceof LosslessNumber) return 'a number'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return 'a text of another form'
  return typeof value === 'number' ? 'a number' : 'a truth value'
}
