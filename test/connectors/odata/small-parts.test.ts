import { describe, expect, it } from 'vitest'
import { AnswerInvalid } from '../../../src/connectors/errors.ts'
import { isOrderable, literal } from '../../../src/connectors/odata/literal.ts'
import { withoutEtags } from '../../../src/connectors/odata/stable-raw.ts'
import { isLater, tickAfter, windowStart } from '../../../src/connectors/odata/stamp.ts'

const property = (type: string, more = {}) => ({ type, nullable: false, precision: undefined, isEnum: false, ...more })

describe('a literal', () => {
  it.each([
    ['Edm.String', 'a', "'a'"],
    ['Edm.String', "O'Neil' or 1 eq 1 or '", "'O''Neil'' or 1 eq 1 or '''"],
    ['Edm.String', '', "''"],
    ['Edm.Guid', '6F1b3a34-1111-4222-8333-444455556666', '6F1b3a34-1111-4222-8333-444455556666'],
    ['Edm.Int32', '-7', '-7'],
    ['Edm.Int64', '9007199254740993', '9007199254740993'],
    ['Edm.Decimal', '-1.50', '-1.50'],
    ['Edm.Date', '2026-01-31', '2026-01-31'],
    ['Edm.DateTimeOffset', '2026-01-31T10:00:00.1234567+01:00', '2026-01-31T10:00:00.1234567+01:00'],
    ['Edm.TimeOfDay', '10:00:00', '10:00:00'],
    ['Edm.Duration', 'PT1H', "duration'PT1H'"],
    ['Edm.Boolean', 'true', 'true'],
  ])('of %s: %s is %s', (type, value, expected) => {
    expect(literal(property(type), value)).toBe(expected)
  })

  it('of an enumeration carries its type', () => {
    expect(literal(property('erp.State', { isEnum: true }), 'Open')).toBe("erp.State'Open'")
  })

  it.each([
    ['Edm.Guid', "x' or true"],
    ['Edm.Guid', ''],
    ['Edm.Int32', '1 or true'],
    ['Edm.Int32', '1.5'],
    ['Edm.Decimal', '1e5)'],
    ['Edm.Date', '2026-01-31T00:00:00Z'],
    ['Edm.DateTimeOffset', '2026-01-31T10:00:00'],
    ['Edm.DateTimeOffset', '2026-01-31T10:00:00Z or true'],
    ['Edm.Boolean', 'maybe'],
    ['erp.Complex', 'x'],
  ])('of %s cannot be %s', (type, value) => {
    expect(() => literal(property(type), value)).toThrow(AnswerInvalid)
  })

  it.each([
    ['Edm.String', true],
    ['Edm.Guid', true],
    ['Edm.Int64', true],
    ['Edm.Boolean', false],
    ['Edm.Binary', false],
    ['erp.Complex', false],
  ])('of %s has an order: %s', (type, expected) => expect(isOrderable(property(type))).toBe(expected))
})

describe('a stamp', () => {
  it.each([
    ['2026-01-01T00:00:00.002Z', '2026-01-01T00:00:00.001Z', true],
    ['2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.001Z', false],
    ['2026-01-01T00:00:00.0000001Z', '2026-01-01T00:00:00Z', true],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', false],
    ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z', false],
    ['2026-01-01T01:00:00+02:00', '2026-01-01T00:00:00Z', false],
    ['2026-01-01T02:00:00+01:00', '2026-01-01T00:59:59Z', true],
    ['2026-01-02', '2026-01-01', true],
  ])('%s is later than %s: %s', (a, b, expected) => {
    expect(isLater(a, b)).toBe(expected)
  })

  it.each([
    ['2026-01-01T00:00:59Z', '2026-01-01T00:01:00Z'],
    ['2026-01-01T00:00:00.999Z', '2026-01-01T00:00:01.000Z'],
    ['2026-01-01T01:00:00.09+01:00', '2026-01-01T00:00:00.10Z'],
    ['2026-01-01T00:00:00.1234567Z', '2026-01-01T00:00:00.1234568Z'],
  ])('after %s comes %s', (stamp, expected) => {
    expect(tickAfter(stamp)).toBe(expected)
  })

  it('of a window is rounded down to what the property holds', () => {
    const since = new Date('2026-01-31T10:00:00.789Z')
    expect(windowStart(property('Edm.DateTimeOffset'), since)).toBe('2026-01-31T10:00:00.789Z')
    expect(windowStart(property('Edm.DateTimeOffset', { precision: 0 }), since)).toBe('2026-01-31T10:00:00Z')
    expect(windowStart(property('Edm.Date'), since)).toBe('2026-01-31')
  })
})

it.each([
  ['{"a":1}', undefined],
  ['{"@odata.etag":"W/\\"1\\"","a":1}', '{"a":1}'],
  ['{"a":1, "@odata.etag" : "x"}', '{"a":1}'],
  ['{"@odata.etag":"x"}', '{}'],
  ['{"@odata.etag":null,"lines":[{"@odata.etag":"y","b":2},{"b":3,"@odata.etag":"z"}]}', '{"lines":[{"b":2},{"b":3}]}'],
  ['{"a":"\\"@odata.etag\\":\\"x\\"","@odata.etag":"x"}', '{"a":"\\"@odata.etag\\":\\"x\\""}'],
  ['{"a":"@odata.etag","b":"@odata.etag"}', '{"a":"@odata.etag","b":"@odata.etag"}'],
  ['{"a@odata.etag":"x","@odata.etag":"y"}', '{"a@odata.etag":"x"}'],
])('%s without its etags is %s', (raw, expected) => {
  expect(withoutEtags(raw)).toBe(expected)
})
