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

/** When a cron that fires at 02:30 on these days of a year fires next, as Temporal says. */
async function firingsOn(days: readonly number[]): Promise<string[]> {
  const dates = days.map((day) => new Date(day))
  const cron = `30 2 ${dates.map((day) => day.getUTCDate()).join(',')} ${(dates[0]?.getUTCMonth() ?? 0) + 1} *`
  const plan = planSchedule(randomUUID(), { cron, timeZone }, false)
  await createScheduleControl(client, 'no-worker').put({ ...plan, jitterMs: 0 })
  const handle = client.schedule.getHandle(`schedule/${plan.connectionId}/${plan.key}`)
  const { nextActionTimes } = (await handle.describe()).info
  await handle.delete()
  const year = dates[0]?.getUTCFullYear()
  return nextActionTimes.filter((time) => time.getUTCFullYear() === year).map((time) => time.toISOString())
}

test('x', async () => {
  const spring = changeOf(1)
  const autumn = changeOf(-1)
  console.log(new Date(spring), await firingsOn([spring - dayMs, spring]), new Date(autumn), await firingsOn([autumn - dayMs, autumn]))
})
