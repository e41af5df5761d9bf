import { padded, type RecordKind, timestamp } from './record-kind.ts'
import { cities, currencies, fullNames, goods, makers, paymentTerms } from './words.ts'

const states = ['active', 'active', 'active', 'active', 'dormant', 'stopped'] as const

export const vendor: RecordKind = {
  collection: 'vendors',
  keyPrefix: 'V-',
  keyField: 'supplier_id',
  build(draw, { key, index, revision, created, modified }) {
    const maker = draw.pick(makers)
    const [city, region, zip, country] = draw.pick(cities)
    const name = `${maker} ${city} ${index % 997}`
    const host = `${maker.toLowerCase()}-${index % 997}.example`
    return {
      supplier_id: key,
      supplier_no: padded(100_000 + index, 8),
      name,
      registered_name: `${name} Ltd.`,
      vat_no: `${country}${padded(draw.below(1_000_000_000), 9)}`,
      mail: `orders@${host}`,
      tel: `+${draw.between(31, 49)} ${padded(draw.below(100_000_000), 8)}`,
      web: `https://${host}`,
      state: draw.pick(states),
      curr: draw.pick(currencies),
      terms: draw.pick(paymentTerms),
      makes: draw.chance(40),
      trade: draw.pick(goods),
      rating: draw.between(1, 5),
      sites: [
        { use: 'office', street: `${draw.between(1, 240)} Dock Road`, extra: null, city, region, zip, country },
        { use: 'billing', street: `PO Box ${draw.between(10, 9_999)}`, extra: null, city, region, zip, country },
      ],
      people: [{ name: draw.pick(fullNames), role: 'sales', mail: `sales@${host}`, tel: null }],
      rev: revision,
      created_at: timestamp(created),
      modified_at: timestamp(modified),
    }
  },
  spoil(record) {
    record['makes'] = 'sometimes'
  },
}
