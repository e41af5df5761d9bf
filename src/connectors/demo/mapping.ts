/** A record, or a part of one, as the demo ERP sends it. */
export type Row = Readonly<Record<string, unknown>>

/**
 * How one collection becomes one entity. Values are handed on as they come: the entity's schema says whether they may
 * be, so that a refusal names the field. `fields` has the same keys in the same order for every record.
 */
export interface Mapping {
  readonly collection: string
  readonly key: string
  fields(row: Row): Record<string, unknown>
  customFields(row: Row): Record<string, unknown>
}

// where there is no value there is no money: null stays null, absent stays absent
export const money = (amount: unknown, currency: unknown) =>
  amount === null || amount === undefined ? amount : { amount, currency: currency ?? null }

export const quantity = (value: unknown, uom: unknown) =>
  value === null || value === undefined ? value : { value, uom: uom ?? null }

/** The unified value of one of the source's own; null for a value that is not known, which stays readable beside it. */
export const normalised = (value: unknown, values: ReadonlyMap<unknown, string>) =>
  value === undefined ? undefined : (values.get(value) ?? null)

/** What is not a list of objects is handed on as it is, for the schema to refuse. */
export const list = (value: unknown, each: (row: Row) => Record<string, unknown>) =>
  Array.isArray(value) ? value.map((item: unknown) => (isRow(item) ? each(item) : item)) : value

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
