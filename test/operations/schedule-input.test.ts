import { describe, expect, test } from 'vitest'
import { checkSchedule } from '../../src/operations/schedule-input.ts'
import { periodMs, planSchedule, scheduleKey } from '../../src/operations/schedule-plan.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const cron = (text: string, timeZone?: string) => checkSchedule({ cron: text, timeZone: timeZone ?? null })

describe('what is refused, and where it stands in the input', () => {
  test.each([
    [{}, ['schedule'], 'exactly one'],
    [{ every: 'PT1H', cron: '0 * * * *' }, ['schedule'], 'exactly one'],
    [{ every: 'PT59S' }, ['schedule', 'every'], 'PT1M'],
    [{ every: 'P32D' }, ['schedule', 'every'], 'P31D'],
    [{ every: 'P1M' }, ['schedule', 'every'], 'ISO 8601'],
    [{ every: 'PT1H', timeZone: 'UTC' }, ['schedule', 'timeZone'], 'cron only'],
    [{ cron: '0 * * *' }, ['schedule', 'cron'], 'five fields'],
    [{ cron: '0 0 * * * *' }, ['schedule', 'cron'], 'five fields'],
    [{ cron: '@daily' }, ['schedule', 'cron'], 'five fields'],
    [{ cron: '60 * * * *' }, ['schedule', 'cron'], '"60" is no minute: 0 to 59'],
    [{ cron: '0 24 * * *' }, ['schedule', 'cron'], '"24" is no hour'],
    [{ cron: '0 0 0 * *' }, ['schedule', 'cron'], '"0" is no day of month'],
    [{ cron: '0 0 * 13 *' }, ['schedule', 'cron'], '"13" is no month: 1 to 12 or JAN to DEC'],
    [{ cron: '0 0 * * MOO' }, ['schedule', 'cron'], '"MOO" is no day of week'],
    [{ cron: '0 0 * * FRI-MON' }, ['schedule', 'cron'], 'runs backwards'],
    [{ cron: '*/0 * * * *' }, ['schedule', 'cron'], '"*/0" is no minute'],
    [{ cron: '1-2-3 * * * *' }, ['schedule', 'cron'], '"1-2-3" is no minute'],
    [{ cron: '1,,2 * * * *' }, ['schedule', 'cron'], '"" is no minute'],
    [{ cron: '0 0 30 2 *' }, ['schedule', 'cron'], 'never comes'],
    [{ cron: '0 6 * * *', timeZone: 'Berlin' }, ['schedule', 'timeZone'], 'IANA'],
    [{ cron: '0 6 * * *', timeZone: '+01:00' }, ['schedule', 'timeZone'], 'IANA'],
  ])('%j', (input, path, words) => {
    expect(() => checkSchedule(input)).toThrowError(
      expect.objectContaining({ code: 'VALIDATION_FAILED', path, message: expect.stringContaining(words) }),
    )
  })
})

test('what is stored is spelled in one way: blanks, and the case of a time zone, which Temporal minds', () => {
  expect(checkSchedule(null)).toBeNull()
  expect(checkSchedule({ every: 'PT15M' })).toEqual({ every: 'PT15M' })
  expect(cron('  0  6 * *\tMON ', 'europe/berlin')).toEqual({ cron: '0 6 * * MON', timeZone: 'Europe/Berlin' })
  expect(cron('0 6 * * *', 'Asia/Kolkata')).toEqual({ cron: '0 6 * * *', timeZone: 'Asia/Kolkata' })
})

test('the same schedule has the same key, another has another', () => {
  expect(scheduleKey({ every: 'PT15M' })).toBe(scheduleKey({ every: 'PT900S' }))
  expect(scheduleKey({ cron: '0 6 * * *' })).toBe(scheduleKey({ cron: '0 6 * * *', timeZone: 'UTC' }))
  expect(scheduleKey({ cron: '0 6 * * *' })).not.toBe(scheduleKey({ cron: '0 6 * * *', timeZone: 'Europe/Berlin' }))
})

test.each([
  [{ every: 'PT1M' }, minute, 6_000],
  [{ every: 'PT15M' }, 15 * minute, 90_000],
  [{ every: 'P1D' }, day, 5 * minute],
  [{ cron: '* * * * *' }, minute, 6_000],
  [{ cron: '0 6 * * *' }, day, 30_000],
  [{ cron: '30 6 * * MON-FRI' }, 3 * day, 30_000],
  [{ cron: '0,2 6 * * *' }, day - 2 * minute, 12_000],
  [{ cron: '0 0 1 * *' }, 31 * day, 30_000],
  [{ cron: '0 0 29 2 *' }, 1461 * day, 30_000],
  [{ cron: '0 0 1 * MON' }, 7 * day, 30_000],
])(
  '%j catches up over the time between two firings, and is spread by a bounded share of it',
  (schedule, catchUpMs, jitterMs) => {
    expect(planSchedule('c', schedule, false)).toMatchObject({ catchUpMs, jitterMs, paused: false })
    expect(periodMs(schedule)).toBe(catchUpMs)
  },
)

test('where both days are restricted one that matches either counts, as in every crontab', () => {
  const { firing } = planSchedule('c', { cron: '0 0 1,15 * MON' }, false)
  const calendars = 'calendars' in firing ? firing.calendars : []
  expect(calendars.map(({ daysOfMonth, daysOfWeek }) => [daysOfMonth.length, daysOfWeek.length])).toEqual([
    [2, 7],
    [31, 1],
  ])
  const both = planSchedule('c', { cron: '0 0 */2 * MON' }, false).firing
  expect('calendars' in both && both.calendars).toMatchObject([{ daysOfWeek: [1] }])
})

test('names, ranges, steps and lists are read as cron does, Sunday as 0 and as 7', () => {
  const { firing } = planSchedule('c', { cron: '5-20/5,59 */6 * jan-mar,DEC 5-7' }, false)
  expect('calendars' in firing && firing.calendars).toMatchObject([
    { minutes: [5, 10, 15, 20, 59], hours: [0, 6, 12, 18], months: [1, 2, 3, 12], daysOfWeek: [0, 5, 6] },
  ])
})
