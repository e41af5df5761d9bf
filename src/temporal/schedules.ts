import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleNotFoundError,
} from '@temporalio/client'
import { deadlineMs, queryDeadlineMs } from './deadlines.ts'
import type { ScheduleControl } from './schedule-control.ts'
import { isAsPlanned, scheduleId, scheduleKeyOf, scheduleOptions } from './schedule-options.ts'
import { searchAttributeKeys } from './search-attributes.ts'

/** How often another process may make or remove a schedule while this one puts it. */
const overtakenAtMost = 3

export function createScheduleControl(client: Client, taskQueue: string): ScheduleControl {
  const { schedule } = client
  const soon = <T>(work: () => Promise<T>, ms = deadlineMs) => client.withDeadline(Date.now() + ms, work)

  async function describe(id: string, ms = deadlineMs): Promise<ScheduleDescription | null> {
    try {
      return await soon(() => schedule.getHandle(id).describe(), ms)
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null
      throw error
    }
  }

  return {
    async put(plan) {
      const options = scheduleOptions(plan, taskQueue)
      const { spec, action, policies = {}, state = {} } = options
      for (let attempt = 1; ; attempt++) {
        const found = await describe(options.scheduleId)
        const skips = {
          overlap: found?.info.numActionsSkippedOverlap ?? 0,
          missed: found?.info.numActionsMissedCatchupWindow ?? 0,
        }
        if (found && isAsPlanned(found, plan, taskQueue)) return skips
        try {
          if (!found) await soon(() => schedule.create(options))
          else
            await soon(() => schedule.getHandle(options.scheduleId).update(() => ({ spec, action, policies, state })))
          return skips
        } catch (error) {
          const overtaken = error instanceof ScheduleAlreadyRunning || error instanceof ScheduleNotFoundError
          if (!overtaken || attempt === overtakenAtMost) throw error
        }
      }
    },

    async remove(connectionId, key) {
      try {
        await soon(() => schedule.getHandle(scheduleId(connectionId, key)).delete())
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error
      }
    },

    listed: (connectionId) =>
      soon(async () => {
        const keys: string[] = []
        const query = `${searchAttributeKeys.connection.name} = "${connectionId}"`
        for await (const { scheduleId: id } of schedule.list({ query })) {
          const key = scheduleKeyOf(connectionId, id)
          if (key !== null) keys.push(key)
        }
        return keys
      }),

    async nextFiring(connectionId, key, after = new Date()) {
      const found = await describe(scheduleId(connectionId, key), queryDeadlineMs)
      if (!found || found.state.paused) return null
      return found.info.nextActionTimes.find((time) => time > after) ?? null
    },
  }
}
