import { describe, expect, it } from 'vitest'
import { coercions, NotCoercible, toEnum } from '../../../src/connectors/mapping/coerce.ts'
import { plainDate, utcDateTime } from '../../../src/connectors/mapping/date-time.ts'
import { plainDecimal } from '../../../src/connectors/mapping/decimal.ts'
import { parseJson } from '../../../src/connectors/json-pages.ts'

it.each([
  ['1', '1'],
  ['-1.50', '-1.50'],
  ['+7', '7'],
  ['000123', '123'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['-0', '0'],
  ['1e3', '1000'],
  ['1E+2', '100'],
  ['1.5E-7', '0.00000015'],
  ['12345.678e2', '1234567.8'],
  ['1.23e1', '12.3'],
  ['0.05e1', '0.5'],
  ['123e-2', '1.23'],
  ['1e21', '1000000000000000000000'],
  ['9007199254740993.12', '9007199254740993.12'],
  ['', null],
  ['-', null],
  ['.', null],
  ['1,5', null],
  ['1.234,56', null],
  ['0x10', null],
  ['Infinity', null],
])('decimal %s is %s', (text, expected) => {
  expect(plainDecimal(text)).toBe(expected)
})

it.each([
  ['2026-02-28', '2026-02-28'],
  ['2026-02-28T23:30:00-05:00', '2026-02-28'],
  ['2026-02-28 10:00', '2026-02-28'],
  ['2024-02-29', '2024-02-29'],
  ['2026-02-29', null],
  ['2026-13-01', null],
  ['2026-00-10', null],
  ['28.02.2026', null],
  ['2026-02-28x', null],
])('date %s is %s', (text, expected) => {
  expect(plainDate(text)).toBe(expected)
})

it.each([
  ['2026-02-28T10:20:30Z', '2026-02-28T10:20:30Z'],
  ['2026-02-28T10:20:30.1234567Z', '2026-02-28T10:20:30.1234567Z'],
  ['2026-02-28T10:20:30.1234567891Z', '2026-02-28T10:20:30.123456789Z'],
  ['2026-02-28T23:30:00.25-05:00', '2026-03-01T04:30:00.25Z'],
  ['2026-02-28T10:20+0100', '2026-02-28T09:20:00Z'],
  ['2026-02-28 10:20:30', '2026-02-28T10:20:30Z'],
  ['2026-02-28', '2026-02-28T00:00:00Z'],
  ['2026-02-28T25:00:00Z', null],
  ['2026-02-30T10:00:00Z', null],
  ['yesterday', null],
])('date and time %s is %s', (text, expected) => {
  expect(utcDateTime(text)).toBe(expected)
})

describe('a value', () => {
  const long = parseJson('[1234567890123456.78]') as unknown[] // an array is what stands in the text

  it.each([
    ['text', 12, '12'],
    ['text', 1e21, '1e+21'],
    ['text', true, 'true'],
    ['text', long[0], '1234567890123456.78'],
    ['reference', 4711, '4711'],
    ['texts', ['a', 1, null], ['a', '1']],
    ['texts', 'a', ['a']],
    ['integer', 12, 12],
    ['integer', '12.000', 12],
    ['integer', ' 7 ', 7],
    ['integer', '', null],
    ['decimal', 1e-7, '0.0000001'],
    ['decimal', 0.1, '0.1'],
    ['decimal', long[0], '1234567890123456.78'],
    ['boolean', 'X', true],
    ['boolean', '', false],
    ['boolean', 'y', true],
    ['boolean', 'N', false],
    ['boolean', 1, true],
    ['boolean', '0', false],
    ['boolean', false, false],
    ['date', '', null],
    ['dateTime', ' ', null],
  ] as const)('as %s: %j is %j', (kind, value, expected) => {
    expect(coercions[kind](value)).toEqual(expected)
  })

  it.each([
    ['text', { a: 1 }, 'an object is not a text'],
    ['text', [], 'a list is not a text'],
    ['integer', 1.5, 'a number is not a whole number'],
    ['integer', 'abc', 'a text of another form is not a decimal number'],
    ['decimal', true, 'a truth value is not a decimal number'],
    ['decimal', Number.POSITIVE_INFINITY, 'a number is not a decimal number'],
    ['boolean', 'maybe', 'a text of another form is not a yes or no'],
    ['boolean', 2, 'a number is not a yes or no'],
    ['date', 20260228, 'a number is not a date'],
    ['dateTime', 'soon', 'a text of another form is not a date and time'],
  ] as const)('as %s: %j is refused without being repeated', (kind, value, message) => {
    expect(() => coercions[kind](value)).toThrow(NotCoercible)
    expect(() => coercions[kind](value)).toThrow(message)
  })
})

it.each([
  ['Partially received', 'PARTIALLY_RECEIVED'],
  [' partially-received', 'PARTIALLY_RECEIVED'],
  ['OPEN', null],
  ['9', 'CLOSED'],
  [9, 'CLOSED'],
  ['constructor', null],
])('enum %j is %s', (value, expected) => {
  expect(toEnum(['PARTIALLY_RECEIVED', 'CLOSED'], { '9': 'CLOSED' })(value)).toBe(expected)
})
