import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { syncedEntities, entities } from '../../src/model/entities.ts'
import { z } from 'zod'

/** Values of every kind that a source may send for any field: fitting ones, near misses, and what has no business there. */
const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, '', 'x', 0, -0, 1.5, 2_147_483_647, 2_147_483_648, -2_147_483_649, 2 ** 53),
  fc.constantFrom(Number.NaN, Infinity, '12.50', '-1', '1.', '1e3', '2026-01-31', '2026-1-1', '2026-01-31\n'),
  fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00+01:00', 10n),
  fc.constantFrom(
    'é'.repeat(3),
    '😀'.repeat(2),
    'a\0',
    '\ud800',
    'x'.repeat(41),
    'x'.repeat(1_001),
    'x'.repeat(100_001),
  ),
  fc.string(),
  fc.double(),
  fc.constant(new Date(0)),
)
const anything = fc.oneof(leaf, fc.array(leaf, { maxLength: 2 }), fc.dictionary(fc.string(), leaf, { maxKeys: 2 }))

/** Mostly fits the schema, field by field; now and then not. */
function near(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const well = fitting(schema)
  return fc.oneof({ weight: 12, arbitrary: well }, { weight: 1, arbitrary: anything })
}

function fitting(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    const absent = schema instanceof z.ZodOptional ? undefined : null
    return fc.oneof({ weight: 4, arbitrary: near(schema.unwrap()) }, { weight: 1, arbitrary: fc.constant(absent) })
  }
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.shape).map(([name, field]) => [name, near(field)] as const)
    return fc.record(Object.fromEntries([...shape, ['unknown', leaf]]), { requiredKeys: [] })
  }
  if (schema instanceof z.ZodArray) return fc.array(near(schema.element), { maxLength: 3 })
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodNumber) return fc.integer()
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  return fc.constantFrom('x', '1', '-12.5', '2026-01-31', '2026-01-01T00:00:00.5Z', 'EUR')
}

describe.each(syncedEntities)('%s', (name) => {
  const { schema, misfit } = entities[name]

  it('takes and refuses exactly what its schema does, with the same words', () => {
    let fits = 0
    let misfits = 0
    const alike = (fields: unknown) => {
      const first = schema.safeParse(fields).error?.issues[0]
      expect(misfit(fields)).toEqual(first)
      if (first) misfits++
      else fits++
    }
    fc.assert(fc.property(fitting(schema), alike), { numRuns: 2_000 })
    fc.assert(fc.property(anything, alike), { numRuns: 300 })
    expect(Math.min(fits, misfits)).toBeGreaterThan(50)
  })
})
