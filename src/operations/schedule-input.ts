import type { StoredSchedule } from '../store/connection-schedules.ts'
import { parseCron } from './cron.ts'
import { gapsOf } from './cron-gaps.ts'
import { ValidationError } from './errors.ts'
import type { ScheduleInput } from './operations.ts'

/** An ISO 8601 duration of weeks, or of days, hours, minutes and seconds. */
const duration = /^P(?=.)(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/
const minuteMs = 60_000
const dayMs = 86_400_000

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
    if (ms === null || ms < minuteMs || ms > 31 * dayMs) {
      throw new ValidationError('every is an ISO 8601 duration from PT1M to P31D, e.g. PT15M.', ['schedule', 'every'])
    }
    if (timeZone) {
      throw new ValidationError('timeZone goes with cron only: leave it out, or give cron in place of every.', [
        'schedule',
        'timeZone',
      ])
    }
    return { every }
  }
  const text = cron ?? ''
  if (gapsOf(parseCron(text)) === null) {
    throw new ValidationError('cron names a day that never comes, such as 30 February. Name one that does.', [
      'schedule',
      'cron',
    ])
  }
  const normal = text.trim().split(/\s+/).join(' ')
  return timeZone ? { cron: normal, timeZone: checkTimeZone(timeZone) } : { cron: normal }
}

/** The name as Temporal takes it: it tells upper from lower case, and knows no offsets. */
function checkTimeZone(given: string): string {
  const known = /^[+-]/.test(given) ? null : knownTimeZone(given)
  if (known?.toLowerCase() === given.toLowerCase()) return known
  // an older or newer name of the zone that is known under another
  if (known !== null && /^[A-Z]/.test(given)) return given
  throw new ValidationError('timeZone is an IANA name, e.g. Europe/Berlin.', ['schedule', 'timeZone'])
}

function knownTimeZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
