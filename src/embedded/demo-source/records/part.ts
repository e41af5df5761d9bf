import { decimal, padded, type RecordKind, timestamp } from './record-kind.ts'
import { currencies, goods, makers, units } from './words.ts'

const kinds = ['stocked', 'stocked', 'stocked', 'direct', 'service', 'tool'] as const

export const part: RecordKind = {
  collection: 'parts',
  keyPrefix: 'P-',
  keyField: 'item_id',
  build(draw, { key, index, revision, created, modified, reference }) {
    const goodsName = draw.pick(goods)
    const cost = draw.between(50, 90_000) + revision
    const curr = draw.pick(currencies)
    return {
      item_id: key,
      item_no: padded(700_000 + index, 9),
      label: `${goodsName} ${draw.between(100, 9_999)}`,
      family: goodsName,
      unit: draw.pick(units),
      maker: draw.pick(makers),
      maker_part_no: `${draw.between(10, 99)}-${padded(draw.below(100_000), 5)}`,
      kind: draw.pick(kinds),
      std_cost: decimal(cost),
      curr,
      blocked: draw.chance(5),
      ean: `40${padded(draw.below(1_000_000_000), 11)}`,
      shelf: `E${draw.between(1, 20)}-${draw.between(1, 8)}`,
      sources: Array.from({ length: draw.between(1, 3) }, () => ({
        supplier_key: reference('VENDOR'),
        supplier_item_no: `S${padded(draw.below(10_000_000), 7)}`,
        price: decimal(Math.floor((cost * draw.between(90, 130)) / 100)),
        curr,
        lead_days: draw.between(1, 60),
      })),
      rev: revision,
      created_at: timestamp(created),
      modified_at: timestamp(modified),
    }
  },
  spoil(record) {
    record['std_cost'] = 'on request'
  },
}
