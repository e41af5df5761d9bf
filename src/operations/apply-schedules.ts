import { changedSchedulesOf, claimSchedules, settleSchedules, wantedSchedules } from '../store/connection-schedules.ts'
import type { SchedulePlan } from '../temporal/schedule-control.ts'
import { tellSkips } from '../store/schedule-skips.ts'
import type { OperationDeps } from './deps.ts'
import type { MendingRound } from './mending-round.ts'
import { planSchedule, scheduleKey } from './schedule-plan.ts'

type ApplyDeps = Pick<OperationDeps, 'db' | 'temporal' | 'log'>

const roundsAtMost = 5

/**
 * Makes Temporal's schedules of a connection those that PostgreSQL wants: one for each distinct schedule of its enabled entities, paused unless it is
 * ACTIVE, none once it is disconnected. Safe to repeat and to run anywhere at once: whoever has written looks again at what is wanted, so that an
 * older wish does not stand. `former` names schedules that Temporal's list may not show yet.
 */
export async function applySchedules(
  { db, temporal: { schedules }, log }: ApplyDeps,
  connectionId: string,
  former: readonly string[] = [],
): Promise<void> {
  for (let round = 0; round < roundsAtMost; round++) {
    const wanted = await wantedSchedules(db, connectionId)
    const stored = wanted?.entities ?? []
    const plans = new Map<string, SchedulePlan>()
    for (const { enabled, schedule } of stored) {
      if (!enabled || wanted?.status === 'DISCONNECTED') continue
      plans.set(scheduleKey(schedule), planSchedule(connectionId, schedule, wanted?.status !== 'ACTIVE'))
    }
    for (const plan of plans.values()) {
      await tellSkips(db, wanted?.skips ?? {}, { ...plan, skips: await schedules.put(plan) })
    }
    const others = [...former, ...stored.map(({ schedule }) => scheduleKey(schedule))]
    for (const key of new Set([...others, ...(await schedules.listed(connectionId))])) {
      if (!plans.has(key)) await schedules.remove(connectionId, key)
    }
    if (!wanted || (await settleSchedules(db, connectionId, wanted.version))) return
  }
  log.warn({ connectionId }, 'the schedules of a connection keep changing; the reconciler looks at them again')
}

/** After a commit: what fails is left to the reconciler, which finds it marked. */
export async function followSchedules(
  deps: ApplyDeps,
  connectionId: string,
  former?: readonly string[],
): Promise<void> {
  try {
    await applySchedules(deps, connectionId, former)
  } catch (err) {
    deps.log.warn({ err, connectionId }, 'the schedules could not be applied yet; the reconciler tries again')
  }
}

/** After the end of an entity run, which may have made its connection ACTION_REQUIRED or ACTIVE. */
export async function followEnd(deps: ApplyDeps, entityRunId: string): Promise<void> {
  const connectionId = await changedSchedulesOf(deps.db, entityRunId)
  if (connectionId !== null) await followSchedules(deps, connectionId)
}

/** One round of the reconciler: mends what is missing, left over or changed by hand, for a bounded number of connections. */
export async function repairSchedules(deps: ApplyDeps, round: MendingRound): Promise<void> {
  await round.each(
    await claimSchedules(deps.db),
    (connectionId) => applySchedules(deps, connectionId),
    (connectionId) => [{ connectionId }, 'the schedules could not be applied'],
  )
}
