import type { ScheduleControl } from '../src/temporal/schedule-control.ts'

/** A Temporal that takes every schedule and fires none. */
export const idleSchedules: ScheduleControl = {
  put: async () => ({ overlap: 0, missed: 0 }),
  remove: async () => {},
  listed: async () => [],
  nextFiring: async () => null,
}
