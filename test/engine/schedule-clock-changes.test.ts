import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { planSchedule } from '../../src/operations/schedule-plan.ts'
import { createScheduleControl } from '../../src/temporal/schedules.ts'
import { registerSearchAttributes } from '../../src/temporal/search-attributes.ts'

const timeZone = 'Europe/Berlin'
const dayMs = 86_400_000
let connection: Connection
let client: Client

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  await registerSearchAttributes(connection, 'default')
  client = new Client({ connection })
})
afterAll(() => connection.close())

/** How far the zone is from UTC, in hours. */
function offsetAt(at: number): number {
  const text = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).format(at)
  return Number(/GMT([+-]\d\d)/.exec(text)?.[1] ?? 0)
}

/** The next day on which the zone's clocks change by so many hours, as midnight UTC. */
function changeOf(hours: number): number {
  for (let day = Math.ceil(Date.now() / dayMs) * dayMs; ; day += dayMs)
    if (offsetAt(day + dayMs) - offsetAt(day) === hours) return day
}

/** When a cron of these minutes and hours fires on these days of a year, as Temporal says. */
async function firingsOn(days: readonly number[], times = '30 2'): Promise<string[]> {
  const dates = days.map((day) => new Date(day))
  const cron = `${times} ${dates.map((day) => day.getUTCDate()).join(',')} ${(dates[0]?.getUTCMonth() ?? 0) + 1} *`
  const { handle } = await put(cron)
  const { nextActionTimes } = (await handle.describe()).info
  await handle.delete()
  const year = dates[0]?.getUTCFullYear()
  return nextActionTimes.filter((time) => time.getUTCFullYear() === year).map((time) => time.toISOString())
}

async function put(cron: string) {
  const plan = planSchedule(randomUUID(), { cron, timeZone }, false)
  const control = createScheduleControl(client, 'no-worker')
  await control.put({ ...plan, jitterMs: 0 })
  return { plan, control, handle: client.schedule.getHandle(`schedule/${plan.connectionId}/${plan.key}`) }
}

const at = (day: number, time: string) => `${new Date(day).toISOString().slice(0, 10)}T${time}:00.000Z`

test('a local time that is left out when the clocks go forward does not fire on that day', async () => {
  const day = changeOf(1)
  expect(await firingsOn([day - dayMs, day])).toEqual([at(day - dayMs, '01:30')])
})

test('a local time that comes twice when the clocks go back fires once, the second time', async () => {
  const day = changeOf(-1)
  expect(await firingsOn([day - dayMs, day])).toEqual([at(day - dayMs, '00:30'), at(day, '01:30')])
})

test('the hour that comes twice counts once, also for a cron that fires within each hour', async () => {
  const halfHourly = await firingsOn([changeOf(-1)], '0,30 1-3')
  expect(halfHourly).toHaveLength(6)
  expect(new Set(halfHourly).size).toBe(6)
})

test('of firings that lie unevenly the next one is what Temporal plans, also after one that will have passed', async () => {
  const { plan, control, handle } = await put('0 8,9 * * *')
  const [first, second] = (await handle.describe()).info.nextActionTimes
  expect(await control.nextFiring(plan.connectionId, plan.key)).toEqual(first)
  expect(await control.nextFiring(plan.connectionId, plan.key, first)).toEqual(second)
  await handle.delete()
})
