import type { Random } from '../random.ts'
import { DAY, day, decimal, type Facts, HOUR, padded, type RecordKind, timestamp } from './record-kind.ts'
import { cities, currencies, goods, paymentTerms, people, plants, units } from './words.ts'

const states = [
  'draft',
  'submitted',
  'approved',
  'ordered',
  'partly_delivered',
  'delivered',
  'invoiced',
  'closed',
] as const
const APPROVED = 2
const PARTLY_DELIVERED = 4
const DELIVERED = 5
const INVOICED = 6

function line(draw: Random, { reference }: Facts, position: number, stage: number) {
  const quantity = draw.between(1, 40)
  const price = draw.between(120, 60_000)
  const received = stage >= DELIVERED ? quantity : stage === PARTLY_DELIVERED ? Math.floor(quantity / 2) : 0
  const fields = {
    pos: position * 10,
    item_key: reference('PART'),
    text: `${draw.pick(goods)} ${draw.between(100, 9_999)}`,
    qty: String(quantity),
    unit: draw.pick(units),
    qty_in: String(received),
    qty_billed: String(stage >= INVOICED ? quantity : 0),
    price: decimal(price),
    amount: decimal(price * quantity),
    account: String(draw.between(640_000, 649_999)),
    state: received === quantity ? 'complete' : 'open',
  }
  return { fields, amount: price * quantity }
}

export const purchaseOrder: RecordKind = {
  collection: 'purchase-orders',
  keyPrefix: 'PO-',
  keyField: 'order_id',
  build(draw, facts) {
    const { key, index, revision, created, modified, reference } = facts
    const stage = Math.min(draw.below(states.length) + revision, states.length - 1)
    const count = draw.pick([2, 2, 2, 3, 3, 4, 5])
    const lines = Array.from({ length: count }, (_, i) => line(draw, facts, i + 1, stage))
    const net = lines.reduce((sum, { amount }) => sum + amount, 0)
    const tax = Math.floor(net / 5)
    const freight = draw.between(0, 9_000)
    return {
      order_id: key,
      order_no: String(4_500_000_000 + index),
      rev: revision,
      state: draw.chance(3) ? 'void' : states[stage],
      supplier_key: reference('VENDOR'),
      plant: draw.pick(plants),
      buyer: draw.pick(people),
      approver: stage >= APPROVED ? draw.pick(people) : null,
      ordered_on: day(created),
      needed_on: day(created + draw.between(7, 60) * DAY),
      approved_at: stage >= APPROVED ? timestamp(Math.min(created + draw.between(1, 30) * HOUR, modified)) : null,
      closed_at: stage === states.length - 1 ? timestamp(modified) : null,
      curr: draw.pick(currencies),
      fx: '1.0000',
      net: decimal(net),
      vat: decimal(tax),
      freight: decimal(freight),
      gross: decimal(net + tax + freight),
      terms: draw.pick(paymentTerms),
      ship_to: `Gate ${draw.between(1, 9)}, ${draw.pick(cities)[0]}`,
      job_key: draw.chance(20) ? reference('WORK_ORDER') : null,
      cost_center: `CC${padded(draw.below(900), 4)}`,
      lines: lines.map(({ fields }) => fields),
      created_at: timestamp(created),
      modified_at: timestamp(modified),
    }
  },
  changeLine(record, nth) {
    const lines = record['lines']
    if (Array.isArray(lines))
      record['lines'] = lines.map((line: object, i) => (i > 0 ? line : { ...line, text: `Changed ${nth}` }))
  },
  spoil(record) {
    const lines = record['lines']
    if (Array.isArray(lines)) record['lines'] = lines.map((fields: object) => ({ ...fields, qty: 'a dozen' }))
  },
}
