import { createHash } from 'node:crypto'
import type { StoredSchedule } from '../store/connection-schedules.ts'
import type { SchedulePlan } from '../temporal/schedule-control.ts'
import { parseCron } from './cron.ts'
import { gapsOf } from './cron-gaps.ts'
import { durationMs } from './schedule-input.ts'

const minuteMs = 60_000
/** A tenth of the time between two firings, so that connections of one schedule do not all ask at once; never so much that a user notices. */
const jitterShare = 0.1
const longestJitterMs = { every: 5 * minuteMs, cron: minuteMs / 2 }

/** The same for the same schedule, however it is spelled. */
export function scheduleKey(schedule: StoredSchedule): string {
  if (schedule.every !== undefined) return `every-${everyMs(schedule.every) / 1000}s`
  const { cron = '', timeZone = 'UTC' } = schedule
  return `cron-${createHash('sha256').update(`${cron} ${timeZone}`).digest('hex').slice(0, 12)}`
}

/** About how long it is from one firing to the next: the longest time, where they differ. */
export function periodMs(schedule: StoredSchedule): number {
  return timing(schedule).longestMs
}

/**
 * A firing is made up for until the next one is due, however long the outage was: so one is, and no storm. Of a cron whose firings lie unevenly
 * it is the longest time between two, or an outage over a weekend would lose the one before it; the overlap policy folds the rest into one.
 */
export function planSchedule(connectionId: string, schedule: StoredSchedule, paused: boolean): SchedulePlan {
  const { firing, shortestMs, longestMs, longestJitter } = timing(schedule)
  return {
    connectionId,
    key: scheduleKey(schedule),
    firing,
    catchUpMs: Math.max(longestMs, minuteMs),
    jitterMs: Math.floor(Math.min(shortestMs * jitterShare, longestJitter)),
    paused,
    summary: `Scheduled sync, ${schedule.every ?? `${schedule.cron} ${schedule.timeZone ?? 'UTC'}`}`,
  }
}

function timing(schedule: StoredSchedule) {
  if (schedule.every !== undefined) {
    const ms = everyMs(schedule.every)
    return { firing: { everyMs: ms }, shortestMs: ms, longestMs: ms, longestJitter: longestJitterMs.every }
  }
  const calendars = parseCron(schedule.cron ?? '')
  const gaps = gapsOf(calendars)
  if (!gaps) throw new Error(`the stored schedule "${schedule.cron}" never fires`)
  return { firing: { calendars, timeZone: schedule.timeZone ?? 'UTC' }, ...gaps, longestJitter: longestJitterMs.cron }
}

function everyMs(every: string): number {
  const ms = durationMs(every)
  if (ms === null) throw new Error(`the stored schedule "${every}" is no duration`)
  return ms
}
