import type { OperationDeps } from './deps.ts'
import type { ScheduleOf } from './operations.ts'
import { scheduleKey } from './schedule-plan.ts'

const atOnce = 20

/**
 * When schedules fire next, or first after a time, as Temporal will do it, in the order asked; null where one is paused or not there, or Temporal is away. Each
 * schedule is described once, however many entities have it.
 */
export async function nextRuns(
  { temporal, log }: Pick<OperationDeps, 'temporal' | 'log'>,
  asked: readonly ScheduleOf[],
  after = new Date(),
): Promise<(Date | null)[]> {
  const idOf = ({ connectionId, schedule }: ScheduleOf) => `${connectionId}/${scheduleKey(schedule)}`
  const distinct = [...new Map(asked.map((one) => [idOf(one), one]))]
  const found = new Map<string, Date | null>()
  let away = false
  for (let i = 0; i < distinct.length; i += atOnce) {
    await Promise.all(distinct.slice(i, i + atOnce).map(async ([id, one]) => found.set(id, await next(one))))
  }
  return asked.map((one) => found.get(idOf(one)) ?? null)

  async function next({ connectionId, schedule }: ScheduleOf): Promise<Date | null> {
    // whoever asks for many does not wait for each of them to time out
    if (away) return null
    try {
      return await temporal.schedules.nextFiring(connectionId, scheduleKey(schedule), after)
    } catch (err) {
      away = true
      log.warn({ err, connectionId }, 'Temporal could not say when a schedule fires next')
      return null
    }
  }
}
