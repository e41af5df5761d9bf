import { describe, expect, it } from 'vitest'
import { AnswerInvalid } from '../../src/connectors/errors.ts'
import { parseJson, slicePage } from '../../src/connectors/json-pages.ts'

describe('a page is cut into records', () => {
  it.each([
    ['{"value":[]}', [], { value: [] }],
    ['{"value":[{"a":1}]}', ['{"a":1}'], { value: [] }],
    [
      ' {\n"n": 1 , "value" : [ {"a":1} ,\t{"b":[1,{}]} ]\n, "@odata.nextLink":"x?y" } ',
      ['{"a":1}', '{"b":[1,{}]}'],
      { n: 1, value: [], '@odata.nextLink': 'x?y' },
    ],
    ['{"value":[{"a":"]}\\"},{"},{"b":"\\\\"}]}', ['{"a":"]}\\"},{"}', '{"b":"\\\\"}'], { value: [] }],
    ['{"before":{"value":[1]},"list":[[]],"value":[{}]}', ['{}'], { before: { value: [1] }, list: [[]], value: [] }],
    [
      '{"s":"\\"value\\":[","value":[1,null,"x",true,[2]]}',
      ['1', 'null', '"x"', 'true', '[2]'],
      { s: '"value":[', value: [] },
    ],
    ['{"value":[{"ü":"\u2028😀"}]}', ['{"ü":"\u2028😀"}'], { value: [] }],
  ])('%s', (text, records, envelope) => {
    expect(slicePage(text, 'value')).toEqual({ records, envelope })
  })

  it.each([
    '',
    'null',
    '[]',
    '<html>',
    '{}',
    '{"value":{}}',
    '{"other":[]}',
    '{"value":[',
    '{"value":[{"a":1}',
    '{"value":[{"a":1},',
    '{"value":[{"a":"x',
    '{"value":[{"a":1} {"b":2}]}',
    '{"value":[,]}',
    '{"value":[{"a":1}],"error":',
    '{"value":[{"a":1}]{"error":{}}}',
    '{"value" []}',
  ])('or refused: %s', (text) => {
    expect(() => slicePage(text, 'value')).toThrow(AnswerInvalid)
  })

  it('of any size as JSON.parse would read it', () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      i,
      s: `"\\${'\\'.repeat(i % 7)}"[{`,
      n: [{ x: null }, -1.5e-3],
    }))
    const { records } = slicePage(JSON.stringify({ value: rows }, null, 1), 'value')
    expect(records.map(parseJson)).toEqual(rows)
  })
})

describe('a number', () => {
  it.each([
    ['1', 1],
    ['-0.1', -0.1],
    ['123456789012345', 123_456_789_012_345],
    ['0.00000000000000012', 1.2e-16],
    ['1e5', 100_000],
  ])('%s is a number', (text, value) => {
    expect(parseJson(`{"a": ${text}}`)).toEqual({ a: value })
  })

  it.each(['12345678901234.56', '9007199254740993', '-1234567890.1234567890', '100000000000000000000'])(
    '%s keeps its digits',
    (text) => {
      expect(parseJson(`{"x":1,"a":[${text}]}`)).toMatchObject({ x: 1, a: [{ value: text }] })
    },
  )

  it('in a text stays text', () => {
    expect(parseJson('{"a":"12345678901234567890","b":":1234567890123456"}')).toEqual({
      a: '12345678901234567890',
      b: ':1234567890123456',
    })
  })
})
