import { AnswerInvalid } from '../errors.ts'
import type { EdmProperty } from './metadata.ts'

const number = /^-?(\d+(\.\d+)?([eE][+-]?\d+)?|INF)$|^NaN$/
const forms: Record<string, RegExp> = {
  'Edm.Guid': /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  'Edm.Byte': /^\d+$/,
  'Edm.SByte': /^-?\d+$/,
  'Edm.Int16': /^-?\d+$/,
  'Edm.Int32': /^-?\d+$/,
  'Edm.Int64': /^-?\d+$/,
  'Edm.Decimal': number,
  'Edm.Double': number,
  'Edm.Single': number,
  'Edm.Boolean': /^(true|false)$/,
  'Edm.Date': /^-?\d{4,}-\d\d-\d\d$/,
  'Edm.DateTimeOffset': /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,12})?)?(Z|[+-]\d\d:\d\d)$/,
  'Edm.TimeOfDay': /^\d\d:\d\d(:\d\d(\.\d{1,12})?)?$/,
}

const unordered = new Set(['Edm.Boolean', 'Edm.Binary', 'Edm.Stream', 'Edm.Untyped'])

/** Whether `gt` has a meaning for it, as paging by key needs. */
export function isOrderable(property: EdmProperty): boolean {
  return !property.isEnum && property.type.startsWith('Edm.') && !unordered.has(property.type)
}

/**
 * A value as it stands in a filter. Each form is closed, so that no value, wherever it comes from, can carry a piece of
 * filter with it.
 */
export function literal(property: EdmProperty, value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`
  if (property.type === 'Edm.String') return quoted
  if (property.isEnum) return property.type + quoted
  if (property.type === 'Edm.Duration') return `duration${quoted}`
  if (forms[property.type]?.test(value)) return value
  throw new AnswerInvalid(`The source has a value that is not of the type it declares (${property.type}).`)
}
