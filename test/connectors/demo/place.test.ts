import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeOf } from '../../../src/connectors/demo/place.ts'
import { toRecord } from '../../../src/connectors/demo/record.ts'
import { mappings } from '../../../src/connectors/demo/mappings.ts'
import { entities } from '../../../src/model/entities.ts'

const map = (raw: string) => toRecord(raw, mappings.PART, entities.PART)
const place = (raw: string) => placeOf(raw, mappings.PART.key, map)
const well = { item_id: 'P-1', created_at: '2026-01-01T00:00:00.000Z', modified_at: '2026-01-02T00:00:00.000Z' }

const names = ['item_id', 'created_at', 'modified_at']
/** Texts that try to look like a member. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...names.flatMap((name) => [name, `"${name}":"x"`, `,"${name}":`, `{"${name}":null`, `\\"${name}`])),
  fc.constantFrom('2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00Z', '2026-01-04', ''),
)
const name = fc.oneof(fc.constantFrom(...names), text)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    { weight: 3, arbitrary: text },
    { weight: 1, arbitrary: fc.constantFrom(null, true, 1.5) },
    { weight: 1, arbitrary: fc.array(tie('any'), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.dictionary(name, tie('any'), { maxKeys: 3 }) },
  ),
})).any

describe('the place of a demo record', () => {
  it('is read without mapping it', () => {
    expect(place(JSON.stringify({ label: 'x', ...well, note: 'a "quoted" \\ text' }))).toMatchObject({
      externalId: 'P-1',
      sourceCreatedAt: new Date(well.created_at),
      sourceUpdatedAt: new Date(well.modified_at),
    })
    expect(place(JSON.stringify({ ...well, created_at: null }))).toMatchObject({ sourceCreatedAt: null })
  })

  it.each([
    ['a part has a member of the name', { ...well, sources: [{ item_id: 'P-2' }] }],
    ['a name may be spelled otherwise', { ...well, note: '\u0001' }],
    ['the key is empty', { ...well, item_id: '' }],
    ['the key is escaped', { ...well, item_id: 'a"b' }],
    ['the key is no text', { ...well, item_id: 5 }],
    ['a stamp is missing', { item_id: 'P-1', created_at: null }],
    ['a stamp is none', { ...well, modified_at: 'yesterday' }],
  ])('takes mapping where %s', (_, record) => {
    expect(place(JSON.stringify(record))).toBeUndefined()
  })

  it('is the one that its mapping finds, whatever else the record holds', () => {
    let found = 0
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 5 }), fc.subarray(names), fc.boolean(), (rest, kept, first) => {
        const own = Object.fromEntries(Object.entries(well).filter(([key]) => kept.includes(key)))
        const raw = JSON.stringify(first ? { ...own, ...rest } : { ...rest, ...own })
        const read = place(raw)
        const mapped = map(raw)
        if (!read || !('record' in mapped)) return
        found += 1
        const { externalId, sourceCreatedAt, sourceUpdatedAt } = mapped.record
        expect(read).toMatchObject({ externalId, sourceCreatedAt, sourceUpdatedAt })
      }),
      { numRuns: 5_000, examples: [[{}, names, true]] },
    )
    expect(found).toBeGreaterThan(100)
  })
})
