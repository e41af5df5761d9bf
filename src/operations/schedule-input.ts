import { ValidationError } from './errors.ts'
import type { ScheduleInput } from './operations.ts'

/** An ISO 8601 duration of weeks, or of days, hours, minutes and seconds. */
const duration = /^P(?=.)(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/

export interface StoredSchedule {
  every?: string
  cron?: string
  timeZone?: string
}

/** Milliseconds of an ISO 8601 duration; null when it is none. */
export function durationMs(text: string): number | null {
  const parts = duration.exec(text)
  if (!parts) return null
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

export function checkSchedule(schedule: ScheduleInput | null | undefined): StoredSchedule | null {
  if (!schedule) return null
  const { every, cron, timeZone } = schedule
  if (Boolean(every) === Boolean(cron)) {
    throw new ValidationError('A schedule has exactly one of every and cron.', ['schedule'])
  }
  if (every) {
    const ms = durationMs(every)
    if (ms === null || ms < 60_000 || ms > 31 * 86_400_000) {
      throw new ValidationError('every is an ISO 8601 duration from PT1M to P31D, e.g. PT15M.', ['schedule', 'every'])
    }
    if (timeZone) throw new ValidationError('timeZone goes with cron only.', ['schedule', 'timeZone'])
    return { every }
  }
  if (!cron || cron.trim().split(/\s+/).length !== 5 || cron.length > 200) {
    throw new ValidationError('cron has five fields: minute, hour, day of month, month, day of week.', [
      'schedule',
      'cron',
    ])
  }
  if (timeZone && !isTimeZone(timeZone)) {
    throw new ValidationError('timeZone is an IANA name, e.g. Europe/Berlin.', ['schedule', 'timeZone'])
  }
  return timeZone ? { cron, timeZone } : { cron }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
