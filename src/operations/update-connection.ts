import { isDeepStrictEqual } from 'node:util'
import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import { entityDefinition } from '../model/entities.ts'
import { insertAudit } from '../store/audit.ts'
import type { StoredConnection } from '../store/connection-read.ts'
import { markSchedulesChanged } from '../store/connection-schedules.ts'
import { acceptedAgain, forgetRefusal, setStatus } from '../store/connection-status.ts'
import { changeConnection, type ConnectionChanges, type Replaced } from '../store/connection-update.ts'
import { doomSecret } from '../store/doomed-secret.ts'
import { disableEntities, dueFullResync, enableEntities } from '../store/entity-state-change.ts'
import { appendEvents } from '../store/event-append.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import { auditEntry } from './audited.ts'
import { checkCustomer, checkDeleteGuard, checkHistoryDays, checkName } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import { destroyDoomed } from './doomed-secrets.ts'
import { ConflictError, disconnected } from './errors.ts'
import { inheritedSchedule } from './inherited-schedule.ts'
import { type KeptSecret, keepSecret } from './keep-secret.ts'
import type { UpdateConnectionInput } from './operations.ts'
import { ownConnection } from './own-connection.ts'
import { scheduleKey } from './schedule-plan.ts'
import { checkUpdate, type CheckedUpdate } from './update-check.ts'
import { statesToChange } from './states-to-change.ts'

/**
 * Changes a connection; what is absent or null stays. Input, then source, then the new secret, then one transaction; the old secret is destroyed once
 * that is committed. Whatever fails before leaves everything as it was, and no secret behind.
 */
export const updateConnection =
  (deps: OperationDeps) =>
  async (caller: Caller, input: UpdateConnectionInput): Promise<{ connectionId: string }> => {
    const connection = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    if (connection.status === 'DISCONNECTED') throw disconnected()
    const { customer } = input
    const changes = {
      ...(input.name == null ? {} : { name: checkName(input.name) }),
      ...(customer == null ? {} : { customer: checkCustomer(customer) }),
      ...(input.historyDays == null ? {} : { historyDays: checkHistoryDays(input.historyDays) }),
      ...(input.deleteGuardPercent == null ? {} : { deleteGuardPercent: checkDeleteGuard(input.deleteGuardPercent) }),
    }
    const { credentials, ...checked } = await checkUpdate(deps, connection, input)
    const secret = credentials === undefined ? null : await keepSecret(deps, JSON.stringify(credentials))
    let replaced: Awaited<ReturnType<typeof store>>
    try {
      replaced = await transaction(deps.db, (client) =>
        store(client, caller, connection, { ...changes, ...checked, secret }),
      )
    } catch (error) {
      await secret?.discard()
      throw error
    }
    // a run that took the old reference just before finds the new one when it looks again
    if (secret && replaced.credentialsRef) await destroyDoomed(deps, replaced.credentialsRef)
    await followSchedules(deps, connection.id, replaced.scheduleKeys)
    return { connectionId: connection.id }
  }

type Update = ConnectionChanges & Omit<CheckedUpdate, 'credentials'> & { secret: KeptSecret | null }

async function store(
  client: pg.ClientBase,
  caller: Caller,
  checkedAgainst: StoredConnection,
  { entities, rereads, proven, secret, ...changes }: Update,
) {
  const { id } = checkedAgainst
  const { states, status } = await statesToChange(client, id)
  if (status === 'DISCONNECTED') throw disconnected()
  const old = await changeConnection(client, id, {
    ...changes,
    ...(secret ? { credentialsRef: secret.reference } : {}),
  })
  if (proven) sameAsChecked(checkedAgainst, old)
  if (rereads) await dueFullResync(client, id, rereads)
  if (changes.historyDays !== undefined && changes.historyDays > old.historyDays) {
    const documents = states
      .map((state) => state.entity)
      .filter((entity) => entityDefinition(entity)?.kind === 'document')
    await dueFullResync(client, id, documents)
  }
  if (entities) {
    const enabled = states.filter((state) => state.enabled).map((state) => state.entity)
    await disableEntities(
      client,
      id,
      enabled.filter((entity) => !entities.includes(entity)),
    )
    await enableEntities(
      client,
      id,
      entities.filter((entity) => !enabled.includes(entity)),
      inheritedSchedule(states),
    )
  }
  await markSchedulesChanged(client, id)
  if (proven && status === 'ACTION_REQUIRED') await setStatus(client, id, 'ACTIVE', acceptedAgain)
  else if (proven) await forgetRefusal(client, id)
  await secret?.spare(client)
  if (secret && old.credentialsRef) await doomSecret(client, old.credentialsRef)
  await appendEvents(client, id, [{ type: 'CONNECTION_CHANGED' }])
  await insertAudit(client, auditEntry(caller, { action: 'CONNECTION_UPDATE', target: id }))
  const scheduleKeys = states.flatMap(({ schedule }) => (schedule ? [scheduleKey(schedule)] : []))
  return { credentialsRef: old.credentialsRef, scheduleKeys }
}

/** The source was asked with what stood then: another update meanwhile could pair credentials with an address they were not given for. */
function sameAsChecked(checked: StoredConnection, old: Replaced) {
  if (checked.credentialsRef === old.credentialsRef && isDeepStrictEqual(checked.config, old.config)) return
  throw new ConflictError(
    'Another update has just changed the config or credentials of this connection. Look at it, then try again.',
  )
}
