import type { StoredSchedule } from '../store/connection-schedules.ts'
import type { StateRow } from '../store/entity-state-change.ts'
import { scheduleKey } from './schedule-plan.ts'

/** The schedule of an entity that is new: it runs with the others, where these all have one schedule. */
export function inheritedSchedule(states: readonly StateRow[]): StoredSchedule | null {
  const enabled = states.filter((state) => state.enabled)
  const [first, ...others] = new Set(enabled.map(({ schedule }) => (schedule ? scheduleKey(schedule) : null)))
  return first && others.length === 0 ? (enabled[0]?.schedule ?? null) : null
}
