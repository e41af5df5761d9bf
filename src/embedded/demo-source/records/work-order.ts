import { DAY, decimal, HOUR, padded, type RecordKind, timestamp } from './record-kind.ts'
import { areas, currencies, machines, people, plants } from './words.ts'

const states = ['new', 'released', 'planned', 'started', 'waiting', 'done', 'closed', 'void'] as const
const kinds = ['breakdown', 'breakdown', 'preventive', 'preventive', 'inspection', 'project', 'other'] as const

export const workOrder: RecordKind = {
  collection: 'work-orders',
  keyPrefix: 'W-',
  keyField: 'job_id',
  build(draw, { key, index, revision, created, modified, reference }) {
    const stage = Math.min(draw.below(8) + revision, 7)
    const done = stage >= 5
    const start = created + draw.between(1, 72) * HOUR
    const minutes = draw.between(15, 480)
    const labor = minutes * draw.between(60, 110)
    const unitCost = draw.between(100, 20_000)
    const used = draw.between(1, 6)
    const person = draw.pick(people)
    const past = (ms: number) => timestamp(Math.min(ms, modified))
    return {
      job_id: key,
      job_no: padded(800_000 + index, 9),
      subject: `${draw.pick(['Repair', 'Check', 'Overhaul', 'Replace parts of'])} ${draw.pick(machines).toLowerCase()}`,
      kind: draw.pick(kinds),
      state: states[stage],
      prio: draw.between(1, 5),
      plant: draw.pick(plants),
      area: draw.pick(areas),
      asset_key: reference('ASSET'),
      crew: `crew-${draw.between(1, 9)}`,
      assigned: [person],
      reported_by: draw.pick(people),
      approved_by: stage > 0 ? draw.pick(people) : null,
      plan_start: timestamp(start),
      plan_end: timestamp(start + minutes * 60_000),
      work_start: stage >= 3 ? past(start + HOUR) : null,
      work_end: done ? past(start + HOUR + minutes * 60_000) : null,
      due_at: timestamp(created + draw.between(3, 30) * DAY),
      est_min: minutes,
      act_min: done ? minutes + draw.between(0, 60) : null,
      fault_code: draw.chance(40) ? `F${draw.between(100, 199)}` : null,
      stop_min: draw.chance(40) ? draw.between(5, 600) : 0,
      cost_labor: decimal(labor),
      cost_parts: decimal(unitCost * used),
      cost_total: decimal(labor + unitCost * used),
      curr: draw.pick(currencies),
      steps: [{ no: 1, title: 'Lock out', state: done ? 'ok' : 'open', finding: null }],
      hours: done ? [{ person, min: minutes, cost: decimal(labor), start: past(start + HOUR) }] : [],
      materials: [
        {
          item_key: reference('PART'),
          plan_qty: '1',
          used_qty: String(used),
          unit: 'pcs',
          unit_cost: decimal(unitCost),
        },
      ],
      rev: revision,
      created_at: timestamp(created),
      modified_at: timestamp(modified),
    }
  },
  spoil(record) {
    record['est_min'] = 'half a shift'
  },
}
