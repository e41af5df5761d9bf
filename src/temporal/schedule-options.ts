import {
  type CalendarSpec,
  type CalendarSpecDescription,
  DAYS_OF_WEEK,
  MONTHS,
  type ScheduleDescription,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client'
import { TypedSearchAttributes } from '@temporalio/common'
import type { triggerSync } from '../../workflows/trigger-sync.ts'
import type { Calendar, SchedulePlan } from './schedule-control.ts'
import { searchAttributeKeys } from './search-attributes.ts'

type Action = ScheduleOptionsStartWorkflowAction<typeof triggerSync>

export const scheduleId = (connectionId: string, key: string) => `schedule/${connectionId}/${key}`

/** The key within a schedule's id; null for an id that is none of this connection's. */
export function scheduleKeyOf(connectionId: string, id: string): string | null {
  const prefix = scheduleId(connectionId, '')
  return id.startsWith(prefix) ? id.slice(prefix.length) : null
}

/**
 * The overlap policy guards the trigger only, which lasts as long as it takes to start a run; that a busy entity is not read twice is
 * seen to where runs start. SKIP also folds what an outage has piled up within the catch-up window into one trigger.
 */
export function scheduleOptions(plan: SchedulePlan, taskQueue: string): ScheduleOptions<Action> {
  const { connectionId, key, firing } = plan
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: searchAttributeKeys.connection, value: connectionId },
  ])
  return {
    scheduleId: scheduleId(connectionId, key),
    spec: {
      ...('everyMs' in firing
        ? { intervals: [{ every: firing.everyMs }] }
        : { calendars: firing.calendars.map(calendarSpec), timezone: firing.timeZone }),
      jitter: plan.jitterMs,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: plan.catchUpMs, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: 'triggerSync',
      // Temporal appends the time of the firing
      workflowId: `trigger/${connectionId}/${key}`,
      taskQueue,
      args: [{ connectionId, schedule: key }],
      typedSearchAttributes,
      staticSummary: plan.summary,
      staticDetails: `Starts the run of the entities of connection ${connectionId} that have this schedule.`,
    },
    state: { paused: plan.paused, note: noteOf(plan) },
    typedSearchAttributes,
  }
}

export const noteOf = ({ paused }: SchedulePlan) =>
  paused ? 'Paused with its connection.' : 'Kept by Syncline: changes made here are undone.'

/** Whether what Temporal describes is what is planned. */
export function isAsPlanned(found: ScheduleDescription, plan: SchedulePlan, taskQueue: string): boolean {
  return JSON.stringify(gistOf(found)) === JSON.stringify(gistOfPlan(plan, taskQueue))
}

function gistOf({ spec, policies, action, state }: ScheduleDescription) {
  return {
    every: (spec.intervals ?? []).map(({ every, offset }) => [every, offset]),
    calendars: (spec.calendars ?? []).map(readCalendar),
    skip: spec.skip?.length ?? 0,
    timeZone: spec.timezone || 'UTC',
    bounds: [spec.startAt ?? null, spec.endAt ?? null],
    jitterMs: spec.jitter ?? 0,
    overlap: policies.overlap,
    catchUpMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure,
    action: [action.workflowType, action.workflowId, action.taskQueue, action.args ?? []],
    paused: state.paused,
    remaining: state.remainingActions ?? null,
  }
}

function gistOfPlan(plan: SchedulePlan, taskQueue: string): ReturnType<typeof gistOf> {
  const { connectionId, key, firing } = plan
  const byInterval = 'everyMs' in firing
  return {
    every: byInterval ? [[firing.everyMs, 0]] : [],
    calendars: byInterval ? [] : firing.calendars.map(sorted),
    skip: 0,
    timeZone: byInterval ? 'UTC' : firing.timeZone,
    bounds: [null, null],
    jitterMs: plan.jitterMs,
    overlap: ScheduleOverlapPolicy.SKIP,
    catchUpMs: plan.catchUpMs,
    pauseOnFailure: false,
    action: ['triggerSync', `trigger/${connectionId}/${key}`, taskQueue, [{ connectionId, schedule: key }]],
    paused: plan.paused,
    remaining: null,
  }
}

function calendarSpec({ minutes, hours, daysOfMonth, months, daysOfWeek }: Calendar): CalendarSpec {
  return {
    second: 0,
    minute: [...minutes],
    hour: [...hours],
    dayOfMonth: [...daysOfMonth],
    month: months.map((month) => named(MONTHS, month - 1)),
    dayOfWeek: daysOfWeek.map((day) => named(DAYS_OF_WEEK, day)),
  }
}

function named<T>(names: readonly T[], index: number): T {
  const name = names[index]
  if (name === undefined) throw new RangeError(`a calendar has no ${index}`)
  return name
}

function readCalendar({ minute, hour, dayOfMonth, month, dayOfWeek }: CalendarSpecDescription): Calendar {
  const ordinals = <T>(
    ranges: readonly { start: T; end: T; step: number }[] | undefined,
    ordinal: (name: T) => number,
  ) =>
    (ranges ?? []).flatMap(({ start, end, step }) => {
      const [first, last] = [ordinal(start), ordinal(end)]
      return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step)
    })
  const itself = (number: number) => number
  return sorted({
    minutes: ordinals(minute, itself),
    hours: ordinals(hour, itself),
    daysOfMonth: ordinals(dayOfMonth, itself),
    months: ordinals(month, (name) => MONTHS.indexOf(name) + 1),
    daysOfWeek: ordinals(dayOfWeek, (name) => DAYS_OF_WEEK.indexOf(name)),
  })
}

function sorted({ minutes, hours, daysOfMonth, months, daysOfWeek }: Calendar): Calendar {
  const inOrder = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)
  return {
    minutes: inOrder(minutes),
    hours: inOrder(hours),
    daysOfMonth: inOrder(daysOfMonth),
    months: inOrder(months),
    daysOfWeek: inOrder(daysOfWeek),
  }
}
