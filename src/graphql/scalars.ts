import { GraphQLError } from 'graphql'
import { builder } from './builder.ts'

function parse<T>(what: string, value: unknown, read: (text: string) => T | undefined): T {
  const parsed = typeof value === 'string' ? read(value) : undefined
  if (parsed === undefined) throw new GraphQLError(`This is not ${what}.`, { extensions: { code: 'BAD_USER_INPUT' } })
  return parsed
}

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/
const duration = /^P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/
const decimal = /^-?\d+(\.\d+)?$/

builder.scalarType('DateTime', {
  description:
    'A moment in UTC, ISO 8601 with milliseconds, e.g. 2026-01-31T08:15:00.000Z. Input may have another offset.',
  serialize: (value) => (value instanceof Date ? value : new Date(value)).toISOString(),
  parseValue: (value) =>
    parse('a date and time with its offset, e.g. 2026-01-31T08:15:00Z', value, (text) => {
      const date = dateTime.test(text) ? new Date(text) : undefined
      return date && !Number.isNaN(date.getTime()) ? date : undefined
    }),
})

builder.scalarType('Date', {
  description: 'A calendar day without a zone, YYYY-MM-DD.',
  serialize: (value) => value,
  parseValue: (value) =>
    parse('a day, YYYY-MM-DD', value, (text) =>
      /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined,
    ),
})

builder.scalarType('Decimal', {
  description: 'An exact decimal number, as a string. Never a float.',
  serialize: (value) => value,
  parseValue: (value) =>
    parse('a decimal number in a string', value, (text) => (decimal.test(text) ? text : undefined)),
})

builder.scalarType('BigInt', {
  description: 'A 64-bit whole number, as a string.',
  serialize: (value) => value.toString(),
  // a small number may come as a JSON number; a larger one would have lost digits on the way
  parseValue: (value) =>
    parse('a 64-bit whole number in a string', Number.isSafeInteger(value) ? String(value) : value, (text) => {
      const number = /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
      return number !== undefined && BigInt.asIntN(64, number) === number ? number : undefined
    }),
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value,
})

builder.scalarType('Duration', {
  description: 'A length of time, ISO 8601, e.g. PT15M or P1D.',
  serialize: (value) => value,
  parseValue: (value) =>
    parse('an ISO 8601 duration, e.g. PT15M', value, (text) => (duration.test(text) ? text : undefined)),
})
