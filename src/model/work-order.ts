import { z } from 'zod'
import { defineEntity } from './entity.ts'
import { dateTime, enumeration, integer, list, moneyField, quantityField, reference, text, texts } from './field.ts'

const task = z.object({
  seq: integer('Place in the order of tasks.'),
  title: text('What is to be done.'),
  status: text('State of the task, as the source words it.'),
  result: text('What was found or measured.'),
})

const labor = z.object({
  personExternalId: text("The source's key of the person."),
  minutes: integer('Minutes worked.'),
  rate: moneyField('Cost of an hour.'),
  cost: moneyField('Cost of the work.'),
  startedAt: dateTime('When the work began.'),
})

const usedPart = z.object({
  ...reference('part', 'PART', 'What is used.'),
  planned: quantityField('How much was planned.'),
  used: quantityField('How much was used.'),
  unitCost: moneyField('Cost of one unit.'),
  storeroomExternalId: text("The source's key of the storeroom."),
})

export const workOrder = defineEntity({
  type: 'WORK_ORDER',
  typeName: 'WorkOrder',
  listName: 'workOrders',
  description: 'A piece of maintenance work, planned or done.',
  kind: 'document',
  displayName: ['title', 'number'],
  schema: z.object({
    number: text('Work order number.'),
    title: text('What is to be done.'),
    description: text('Long text.'),
    ...enumeration(
      'type',
      'WorkOrderType',
      ['CORRECTIVE', 'PREVENTIVE', 'INSPECTION', 'PROJECT', 'OTHER'],
      'Why the work is done.',
    ),
    ...enumeration(
      'status',
      'WorkOrderStatus',
      ['REQUESTED', 'APPROVED', 'SCHEDULED', 'IN_PROGRESS', 'ON_HOLD', 'COMPLETED', 'CLOSED', 'CANCELED'],
      'How far the work is.',
    ),
    ...enumeration(
      'priority',
      'WorkOrderPriority',
      ['NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'],
      'How urgent the work is.',
    ),
    ...reference('site', 'SITE', 'The plant or site.'),
    ...reference('location', 'LOCATION', 'Where the work is done.'),
    ...reference('asset', 'ASSET', 'What is worked on.'),
    ...reference('parent', 'WORK_ORDER', 'The work order it is part of.'),
    ...reference('serviceRequest', 'SERVICE_REQUEST', 'The request that led to it.'),
    ...reference('pm', 'PREVENTIVE_MAINTENANCE', 'The maintenance plan that made it.'),
    teamExternalId: text("The source's key of the team."),
    assigneeExternalIds: texts("The source's keys of the people assigned."),
    requestedByExternalId: text("The source's key of who asked for it."),
    approvedByExternalId: text("The source's key of who approved it."),
    scheduledStart: dateTime('Planned start.'),
    scheduledEnd: dateTime('Planned end.'),
    actualStart: dateTime('When work began.'),
    actualEnd: dateTime('When work ended.'),
    dueAt: dateTime('When it has to be done.'),
    completedAt: dateTime('When it was completed.'),
    estimatedMinutes: integer('Estimated minutes of work.'),
    actualMinutes: integer('Minutes of work done.'),
    failureCode: text('Failure code.'),
    downtimeMinutes: integer('Minutes that the asset stood still.'),
    laborCost: moneyField('Cost of the work.'),
    partsCost: moneyField('Cost of the parts.'),
    totalCost: moneyField('Cost in all.'),
    completionNotes: text('What was written at the end.'),
    tasks: list('WorkOrderTask', task, 'Steps of the work.'),
    labor: list('WorkOrderLabor', labor, 'Who worked, and how long.'),
    parts: list('WorkOrderPart', usedPart, 'What is used up.'),
  }),
})
