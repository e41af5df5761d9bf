/** The control of Temporal Schedules, one for each connection and distinct schedule. Every call may throw when Temporal is away. */
export interface ScheduleControl {
  /** Makes the schedule exist exactly as planned, and answers what it has let fall since it was made. Repeating it changes nothing. */
  put(plan: SchedulePlan): Promise<Skips>
  /** Removes a schedule; one that is gone is no error. */
  remove(connectionId: string, key: string): Promise<void>
  /** Keys of the connection's schedules as Temporal lists them: for finding what is left over, not for what is there, because lists lag. */
  listed(connectionId: string): Promise<string[]>
  /** When the schedule fires next, or first after a time of the near future, jitter included; null when it is paused or not there. */
  nextFiring(connectionId: string, key: string, after?: Date): Promise<Date | null>
}

/** Firings that Temporal itself has let fall. */
export interface Skips {
  /** The trigger before had not been taken up yet. */
  overlap: number
  /** Temporal was away for longer than a firing is made up for. */
  missed: number
}

export interface SchedulePlan {
  connectionId: string
  /** The same for the same schedule, and part of the schedule's id. */
  key: string
  firing: { everyMs: number } | { calendars: readonly Calendar[]; timeZone: string }
  /** How late a firing may still be made up for after an outage. */
  catchUpMs: number
  /** Firings are spread by up to this much. */
  jitterMs: number
  paused: boolean
  /** For whoever reads it in the Temporal UI. */
  summary: string
}

/** Moments that match in every field; months from 1, days of the week from Sunday as 0. */
export interface Calendar {
  minutes: readonly number[]
  hours: readonly number[]
  daysOfMonth: readonly number[]
  months: readonly number[]
  daysOfWeek: readonly number[]
}
