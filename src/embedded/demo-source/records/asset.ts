import { DAY, day, decimal, padded, type RecordKind, timestamp } from './record-kind.ts'
import { areas, currencies, machines, makers, plants } from './words.ts'

const states = ['running', 'running', 'running', 'running', 'stopped', 'reserve', 'scrapped'] as const

export const asset: RecordKind = {
  collection: 'assets',
  keyPrefix: 'A-',
  keyField: 'asset_id',
  build(draw, { key, index, revision, created, modified, reference }) {
    const machine = draw.pick(machines)
    const state = draw.pick(states)
    const cost = draw.between(80_000, 90_000_000)
    const installed = created - draw.between(30, 4_000) * DAY
    return {
      asset_id: key,
      asset_no: padded(200_000 + index, 8),
      tag: `${machine.slice(0, 2).toUpperCase()}-${padded(index, 6)}`,
      label: `${machine} ${draw.between(1, 40)}`,
      plant: draw.pick(plants),
      area: draw.pick(areas),
      parent_key: draw.chance(30) ? reference('ASSET') : null,
      class: machine,
      crit: draw.pick(['A', 'B', 'B', 'C', 'C', 'D']),
      state,
      maker: draw.pick(makers),
      model: `M${draw.between(100, 999)}`,
      serial: `SN${padded(draw.below(100_000_000), 8)}`,
      supplier_key: reference('VENDOR'),
      commissioned_on: day(installed),
      warranty_until: day(installed + 730 * DAY),
      cost_new: decimal(cost),
      cost_replace: decimal(Math.floor((cost * draw.between(105, 150)) / 100)),
      curr: draw.pick(currencies),
      in_use: state !== 'scrapped',
      barcode: `AS${padded(index, 10)}`,
      power_kw: draw.between(1, 400),
      rev: revision,
      created_at: timestamp(created),
      modified_at: timestamp(modified),
    }
  },
  spoil(record) {
    record['commissioned_on'] = 'spring 2019'
  },
}
