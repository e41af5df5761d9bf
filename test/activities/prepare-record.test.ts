import { expect, test } from 'vitest'
import { prepareRecord, prepareUnmapped } from '../../src/activities/prepare-record.ts'
import type { SourceRecord } from '../../src/connectors/contract.ts'
import type { MappedRecord } from '../../src/model/record.ts'
import { isSameContent, isSameReading } from '../../src/store/record-hash.ts'

const mapping = '00000000'
const fields = { number: 'PO-1', status: 'OPEN', total: '12.50' }

function rowOf(record: Partial<MappedRecord> = {}, rest: { raw?: string; stableRaw?: string } = {}) {
  const made = prepareRecord({ raw: '{"a":1}', ...rest, record: { externalId: 'A', fields, ...record } }, mapping)
  if (!('row' in made)) throw new Error('the record was rejected')
  return made.row
}

function rejectionOf(source: SourceRecord) {
  const made = prepareRecord(source, mapping)
  if (!('rejection' in made)) throw new Error('the record was not rejected')
  return made.rejection
}

test('a row carries its key, columns, fields and raw text', () => {
  const at = new Date('2026-01-01T00:00:00.000Z')
  expect(rowOf({ sourceUpdatedAt: at })).toMatchObject({
    externalId: 'A',
    number: 'PO-1',
    status: 'OPEN',
    sourceCreatedAt: null,
    sourceUpdatedAt: at,
    data: JSON.stringify(fields),
    raw: '{"a":1}',
    hash: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
})

test('the hash is the same for the same record and differs with its fields, its raw text or its envelope', () => {
  const { hash } = rowOf()
  expect(rowOf({ fields: { ...fields } }).hash).toBe(hash)
  const others = [
    rowOf({ fields: { ...fields, total: '12.51' } }),
    rowOf({}, { raw: '{"a":2}' }),
    rowOf({ customFields: { colour: 'red' } }),
  ]
  for (const other of others) expect(isSameContent(other.hash, hash)).toBe(false)
})

test('the hash is pinned: changing how it is made rewrites every stored record once', () => {
  expect(rowOf().hash).toBe('00000000015abd7f5cc57a2d70a4389fac186910')
})

test('a record that waits for its mapping begins its hash as its row does, and differs with its text or the mapping', () => {
  const source = { raw: '{"a":1}', externalId: 'A', sourceCreatedAt: null, sourceUpdatedAt: null }
  const reading = (raw = source.raw, by = mapping) => {
    const made = prepareUnmapped({ ...source, raw, map: () => ({ raw, record: { externalId: 'A', fields } }) }, by)
    if (!('row' in made && 'map' in made.row)) throw new Error('the record was mapped')
    expect(made.row.map()).toEqual(prepareRecord({ raw, record: { externalId: 'A', fields } }, by))
    return made.row.reading
  }
  const { hash } = rowOf()
  expect(isSameReading(hash, reading())).toBe(true)
  expect(isSameReading(hash, reading('{"a":2}'))).toBe(false)
  expect(isSameReading(hash, reading(source.raw, '00000001'))).toBe(false)
})

test('a key that no row may have makes its record be mapped at once', () => {
  for (const externalId of ['A\0', 'A\ud83d', 'x'.repeat(1_001)]) {
    const map = () => ({ raw: 'r', record: { externalId, fields } })
    const made = prepareUnmapped({ raw: 'r', externalId, sourceCreatedAt: null, sourceUpdatedAt: null, map }, mapping)
    expect(made).toEqual(prepareRecord(map(), mapping))
    expect(made).toHaveProperty('rejection')
  }
})

test('another mapping that makes the same of a record makes the same content', () => {
  const record = { externalId: 'A', fields }
  const [one, other] = ['00000000', '00000001'].map((by) => prepareRecord({ raw: 'r', record }, by))
  if (!one || !other || !('row' in one) || !('row' in other)) throw new Error('the record was rejected')
  expect(isSameContent(one.row.hash, other.row.hash)).toBe(true)
})

test('what changes on every read does not change the content, and is kept as received', () => {
  const first = rowOf({}, { raw: '{"etag":1,"a":1}', stableRaw: '{"a":1}' })
  const second = rowOf({}, { raw: '{"etag":2,"a":1}', stableRaw: '{"a":1}' })
  expect(isSameContent(first.hash, second.hash)).toBe(true)
  expect([first.raw, second.raw]).toEqual(['{"etag":1,"a":1}', '{"etag":2,"a":1}'])
  expect(isSameContent(first.hash, rowOf({}, { raw: '{"a":1}' }).hash)).toBe(true)
})

test('absent fields stay absent, null stays null, and number and status that are no text are null columns', () => {
  const row = rowOf({ fields: { number: null, status: 7, name: undefined, note: null } })
  expect(row).toMatchObject({ number: null, status: null, data: '{"number":null,"status":7,"note":null}' })
})

test('what the envelope has beside the columns stands under $', () => {
  const row = rowOf({ externalKey: { site: 'S', no: 1 }, sourceVersion: 'v1' })
  expect(JSON.parse(row.data)).toEqual({ ...fields, $: { externalKey: { site: 'S', no: 1 }, sourceVersion: 'v1' } })
})

test('a rejected record keeps its key and reason; one without a key is told apart by its content', () => {
  expect(rejectionOf({ raw: 'r', rejected: 'bad total', externalId: 'A' })).toEqual({
    externalId: 'A',
    reason: 'bad total',
    raw: 'r',
  })
  const [one, same, other] = ['r', 'r', 's'].map(
    (raw) => rejectionOf({ raw, rejected: 'no key', externalId: null }).externalId,
  )
  expect(one).toMatch(/^\?[0-9a-f]{32}$/)
  expect(same).toBe(one)
  expect(other).not.toBe(one)
})

test('a NUL or half a surrogate pair becomes the replacement character, and what only looks like one stays', () => {
  const row = rowOf({
    fields: { number: 'a\0b', name: '\0\0x\ud800', path: '\\u0000', deep: { '\udc00': ['\\\0'] }, pair: '😀' },
  })
  expect(row.number).toBe('a\ufffdb')
  expect(JSON.parse(row.data)).toEqual({
    number: 'a\ufffdb',
    name: '\ufffd\ufffdx\ufffd',
    path: '\\u0000',
    deep: { '\ufffd': ['\\\ufffd'] },
    pair: '😀',
  })
  expect(rowOf({}, { raw: 'a\0b\udfff😀' }).raw).toBe('a\ufffdb\ufffd😀')
})

test('a key with a NUL or half a surrogate pair is rejected: changed, it could be another record’s', () => {
  for (const externalId of ['A\0', 'A\ud83d']) {
    expect(rejectionOf({ raw: 'r', record: { externalId, fields } })).toMatchObject({ externalId: 'A\ufffd', raw: 'r' })
  }
})

test.each([
  ['a key over 1,000 bytes', { externalId: '漢'.repeat(400) }, 'the key is longer'],
  ['a number over 1,000 bytes', { fields: { number: 'x'.repeat(1_001) } }, 'number is longer'],
  ['a stamp before the year 1', { sourceUpdatedAt: new Date('-009999-01-01T00:00:00Z') }, 'years 1 to 9999'],
  ['a stamp that is none', { sourceCreatedAt: new Date(Number.NaN) }, 'years 1 to 9999'],
])('%s is rejected: no index or column takes it, and its batch would fail with it', (_, record, reason) => {
  const rejection = rejectionOf({ raw: '{}', record: { externalId: 'A', fields: {}, ...record } })
  expect(rejection.reason).toContain(reason)
  expect(Buffer.byteLength(rejection.externalId)).toBeLessThanOrEqual(1_000)
})
