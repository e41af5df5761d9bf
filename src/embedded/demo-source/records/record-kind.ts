import type { SyncedEntity } from '../../../model/entities.ts'
import type { Random } from '../random.ts'

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
}

export const timestamp = (ms: number) => new Date(ms).toISOString()
export const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
/** An exact decimal, as text: the demo ERP never sends amounts as floats. */
export const decimal = (hundredths: number) =>
  `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
export const padded = (value: number, digits: number) => String(value).padStart(digits, '0')

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
