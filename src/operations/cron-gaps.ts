import type { Calendar } from '../temporal/schedule-control.ts'

const minutesOfDay = 1_440
const minuteMs = 60_000
/** From a leap year on: a 29 February comes again within the lesser span, and on a given day of the week within the greater. */
const from = Date.UTC(2024, 0, 1)
const daysAtLeast = 9 * 366
const daysAtMost = 41 * 366

export interface Gaps {
  shortestMs: number
  longestMs: number
}

/**
 * The shortest and the longest time between two firings of calendars that differ in their days only; null when they fire never (31 February).
 * The clock changes of a time zone are left aside: an hour, twice a year.
 */
export function gapsOf(calendars: readonly Calendar[]): Gaps | null {
  const times = (calendars[0]?.hours ?? []).flatMap((hour) => (calendars[0]?.minutes ?? []).map((at) => hour * 60 + at))
  const overnight = minutesOfDay - (times.at(-1) ?? 0) + (times[0] ?? 0)
  const days = daysBetween(calendars)
  if (days.length === 0) return null
  const gaps = [
    ...times.slice(1).map((time, i) => time - (times[i] ?? 0)),
    ...days.map((between) => (between - 1) * minutesOfDay + overnight),
  ]
  return { shortestMs: Math.min(...gaps) * minuteMs, longestMs: Math.max(...gaps) * minuteMs }
}

/** Each number of days that lies between a day on which the calendars fire and the next such day. */
function daysBetween(calendars: readonly Calendar[]): number[] {
  const found = new Set<number>()
  let last: number | null = null
  for (let day = 0; day < daysAtMost && (day < daysAtLeast || found.size === 0); day++) {
    const date = new Date(from + day * minutesOfDay * minuteMs)
    if (!calendars.some((calendar) => fallsOn(calendar, date))) continue
    if (last !== null) found.add(day - last)
    last = day
  }
  return [...found]
}

function fallsOn({ daysOfMonth, months, daysOfWeek }: Calendar, date: Date): boolean {
  return (
    months.includes(date.getUTCMonth() + 1) &&
    daysOfMonth.includes(date.getUTCDate()) &&
    daysOfWeek.includes(date.getUTCDay())
  )
}
