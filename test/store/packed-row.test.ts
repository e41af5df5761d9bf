import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowPacker } from '../../src/store/packed-row.ts'
import { encodeRecords } from '../../src/store/record-copy.ts'
import { sampleRow } from './sample-batch.ts'

const context = { connectionKey: 1, entity: 5, firstSeq: 1n, now: new Date(0) }
const encoded = (rows: Parameters<typeof encodeRecords>[0]) => Buffer.concat([...encodeRecords(rows, context)])

test('packed rows are written as the rows they were made of, however often their memory is used again', () => {
  const packer = createRowPacker()
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.nat(3_000).map((length) => '漢a'.repeat(length)),
  )
  const row = fc.record({ data: text, raw: text }).map(({ data, raw }) => ({ ...sampleRow('R'), data, raw }))
  let waiting: ReturnType<typeof packer.pack>[] = []
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
      const packed = rows.map((it) => packer.pack(it))
      // one batch is being written while the next is packed
      packer.giveBack(waiting)
      waiting = packed
      expect(encoded(packed).equals(encoded(rows))).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('a record larger than a piece of memory is packed whole', () => {
  const packer = createRowPacker()
  const large = sampleRow('A', { text: '漢'.repeat(700_000) })
  const rows = [sampleRow('B'), large, sampleRow('C')]
  const packed = rows.map((row) => packer.pack(row))
  expect(encoded(packed).equals(encoded(rows))).toBe(true)
  packer.giveBack(packed)
  expect(encoded([packer.pack(large)]).equals(encoded([large]))).toBe(true)
})

test('memory is used again, and a row that was given back can no longer be written', () => {
  const packer = createRowPacker()
  const [first, second] = [packer.pack(sampleRow('A')), packer.pack(sampleRow('B'))]
  const { chunk } = first
  packer.giveBack([first])
  expect(packer.pack(sampleRow('C'))).toMatchObject({ chunk, start: second.end })
  expect(() => encoded([first])).toThrow('given back')
  expect(encoded([second]).equals(encoded([sampleRow('B')]))).toBe(true)
  packer.giveBack([first, second])
  expect(packer.pack(sampleRow('D')).chunk).toBe(chunk)
})
