import type { SyncedEntity } from '../../../model/entities.ts'
import type { Random } from '../random.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** What a record is made from, beside its draws. */
export interface Facts {
  key: string
  index: number
  /** How often it was modified since it was generated or inserted. */
  revision: number
  created: number
  modified: number
  /** The key of some record of another collection; null where that is empty. */
  reference(to: SyncedEntity): string | null
}

/** How the demo ERP words one entity. A record ends with `note`, the text that brings it to its size. */
export interface RecordKind {
  readonly collection: string
  readonly keyPrefix: string
  readonly keyField: string
  build(draw: Random, facts: Facts): Record<string, unknown>
  /** Puts a value into a record that no mapping may take. */
  spoil(record: Record<string, unknown>): void
  /** Rewords one line for the nth time. Absent: the entity has no lines. */
  changeLine?(record: Record<string, unknown>, nth: number): void
}

const days = new Map<number, string>()

/** YYYY-MM-DD. There are few days and many records: each is worded once. */
export function day(ms: number): string {
  const number = Math.floor(ms / DAY)
  let text = days.get(number)
  if (text === undefined) days.set(number, (text = new Date(number * DAY).toISOString().slice(0, 10)))
  return text
}

export function timestamp(ms: number): string {
  const rest = ms - Math.floor(ms / DAY) * DAY
  const minutes = Math.floor(rest / 60_000)
  return `${day(ms)}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(Math.floor(rest / 1_000) % 60)}.${padded(rest % 1_000, 3)}Z`
}

const two = (value: number) => (value < 10 ? `0${value}` : String(value))
export const padded = (value: number, digits: number) => String(value).padStart(digits, '0')
/** An exact decimal, as text: the demo ERP never sends amounts as floats. */
export const decimal = (hundredths: number) => `${Math.floor(hundredths / 100)}.${two(hundredths % 100)}`
