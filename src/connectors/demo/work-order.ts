import { list, type Mapping, money, normalised, quantity } from './mapping.ts'

const kinds = new Map<unknown, string>([
  ['breakdown', 'CORRECTIVE'],
  ['preventive', 'PREVENTIVE'],
  ['inspection', 'INSPECTION'],
  ['project', 'PROJECT'],
  ['other', 'OTHER'],
])

const states = new Map<unknown, string>([
  ['new', 'REQUESTED'],
  ['released', 'APPROVED'],
  ['planned', 'SCHEDULED'],
  ['started', 'IN_PROGRESS'],
  ['waiting', 'ON_HOLD'],
  ['done', 'COMPLETED'],
  ['closed', 'CLOSED'],
  ['void', 'CANCELED'],
])

const priorities = new Map<unknown, string>([
  [1, 'CRITICAL'],
  [2, 'HIGH'],
  [3, 'MEDIUM'],
  [4, 'LOW'],
  [5, 'NONE'],
])

export const workOrder: Mapping = {
  collection: 'work-orders',
  key: 'job_id',
  fields: (row) => ({
    number: row['job_no'],
    title: row['subject'],
    description: row['note'],
    type: normalised(row['kind'], kinds),
    typeRaw: row['kind'],
    status: normalised(row['state'], states),
    statusRaw: row['state'],
    priority: normalised(row['prio'], priorities),
    // a number there, text here; anything else is for the schema to refuse
    priorityRaw: typeof row['prio'] === 'number' ? String(row['prio']) : row['prio'],
    siteExternalId: row['plant'],
    locationExternalId: row['area'],
    assetExternalId: row['asset_key'],
    teamExternalId: row['crew'],
    assigneeExternalIds: row['assigned'],
    requestedByExternalId: row['reported_by'],
    approvedByExternalId: row['approved_by'],
    scheduledStart: row['plan_start'],
    scheduledEnd: row['plan_end'],
    actualStart: row['work_start'],
    actualEnd: row['work_end'],
    dueAt: row['due_at'],
    completedAt: row['work_end'],
    estimatedMinutes: row['est_min'],
    actualMinutes: row['act_min'],
    failureCode: row['fault_code'],
    downtimeMinutes: row['stop_min'],
    laborCost: money(row['cost_labor'], row['curr']),
    partsCost: money(row['cost_parts'], row['curr']),
    totalCost: money(row['cost_total'], row['curr']),
    tasks: list(row['steps'], (step) => ({
      seq: step['no'],
      title: step['title'],
      status: step['state'],
      result: step['finding'],
    })),
    labor: list(row['hours'], (hours) => ({
      personExternalId: hours['person'],
      minutes: hours['min'],
      cost: money(hours['cost'], row['curr']),
      startedAt: hours['start'],
    })),
    parts: list(row['materials'], (material) => ({
      partExternalId: material['item_key'],
      planned: quantity(material['plan_qty'], material['unit']),
      used: quantity(material['used_qty'], material['unit']),
      unitCost: money(material['unit_cost'], row['curr']),
    })),
  }),
  customFields: () => ({}),
}
