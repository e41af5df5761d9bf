import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import { insertAudit } from '../store/audit.ts'
import { markSchedulesChanged } from '../store/connection-schedules.ts'
import { setSchedules, type StateRow } from '../store/entity-state-change.ts'
import { appendEvents } from '../store/event-append.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import { auditEntry } from './audited.ts'
import type { OperationDeps } from './deps.ts'
import { disconnected, ValidationError } from './errors.ts'
import type { SetScheduleInput } from './operations.ts'
import { ownConnection } from './own-connection.ts'
import { checkSchedule } from './schedule-input.ts'
import { scheduleKey } from './schedule-plan.ts'
import { statesToChange } from './states-to-change.ts'

/** Gives entities of a connection a schedule, or none. A paused connection keeps it for when it is resumed. */
export const setSchedule =
  (deps: OperationDeps) =>
  async (caller: Caller, input: SetScheduleInput): Promise<{ connectionId: string }> => {
    const connection = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    const schedule = checkSchedule(input.schedule)
    const connectionId = connection.id
    const former = await transaction(deps.db, async (client) => {
      const { states, status } = await statesToChange(client, connectionId)
      if (status === 'DISCONNECTED') throw disconnected()
      const entities = chosen(states, input.entities)
      await setSchedules(client, connectionId, entities, schedule)
      await markSchedulesChanged(client, connectionId)
      await appendEvents(client, connectionId, [{ type: 'CONNECTION_CHANGED' }])
      await insertAudit(client, auditEntry(caller, { action: 'SCHEDULE_SET', target: connectionId }))
      return states.flatMap((state) => (state.schedule === null ? [] : [scheduleKey(state.schedule)]))
    })
    await followSchedules(deps, connectionId, former)
    return { connectionId }
  }

/** Those asked for; null: all, also what is disabled now, so that it comes back under this schedule. */
function chosen(states: readonly StateRow[], asked: readonly EntityType[] | null | undefined): readonly EntityType[] {
  if (!asked) return states.map((state) => state.entity)
  if (asked.length === 0) {
    throw new ValidationError('Name at least one entity, or leave entities out for all.', ['entities'])
  }
  for (const [i, entity] of asked.entries()) {
    if (states.some((state) => state.entity === entity && state.enabled)) continue
    const enabled = states.filter((state) => state.enabled).map((state) => state.entity)
    throw new ValidationError(
      `${entity} is not synced by this connection. It syncs ${enabled.join(', ')}; updateConnection enables more.`,
      ['entities', String(i)],
    )
  }
  return asked
}
