import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { refusalOf, setStatus } from '../store/connection-status.ts'
import { lockGate } from '../store/event-append.ts'
import { transaction } from '../store/transaction.ts'
import { followSchedules } from './apply-schedules.ts'
import type { OperationDeps } from './deps.ts'
import { ConflictError, disconnected } from './errors.ts'
import { ownConnection } from './own-connection.ts'

/** Stops schedules and refuses new syncs; what runs finishes. Pausing it again changes nothing. */
export const pauseConnection =
  (deps: OperationDeps) =>
  (caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }> =>
    change(deps, caller, input.connectionId, 'PAUSED')

/**
 * Syncs may be started, and schedules go on; unless the source refused the credentials before the pause or during it: then the connection asks for action
 * as it did, or would have done. Resuming what is ACTIVE changes nothing.
 */
export const resumeConnection =
  (deps: OperationDeps) =>
  (caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }> =>
    change(deps, caller, input.connectionId, 'ACTIVE')

const told = { PAUSED: 'CONNECTION_PAUSED', ACTIVE: 'CONNECTION_RESUMED' } as const

async function change(deps: OperationDeps, caller: Caller, id: string, wanted: 'PAUSED' | 'ACTIVE') {
  const connection = await ownConnection(deps.db, caller, id, 'connectionId')
  const connectionId = connection.id
  const changed = await transaction(deps.db, async (client) => {
    const status = await lockGate(client, connectionId)
    if (status === 'DISCONNECTED') throw disconnected()
    if (status === wanted) return false
    if (wanted === 'ACTIVE' && status === 'ACTION_REQUIRED') {
      throw new ConflictError(
        'The connection is not paused: its source refuses the credentials. Give new ones with updateConnection; or, if the source was mended, start a sync, which makes it ACTIVE when it succeeds.',
        ['connectionId'],
      )
    }
    const refusal = wanted === 'ACTIVE' ? await refusalOf(client, connectionId) : null
    if (refusal === null) await setStatus(client, connectionId, wanted, { type: told[wanted] })
    else {
      const event = { type: 'CONNECTION_ACTION_REQUIRED' as const, message: refusal }
      await setStatus(client, connectionId, 'ACTION_REQUIRED', event)
    }
    const audit = { environmentId: connection.environmentId, actor: caller.id, ip: caller.ip }
    const action = wanted === 'PAUSED' ? 'CONNECTION_PAUSE' : 'CONNECTION_RESUME'
    await insertAudit(client, { ...audit, action, target: connectionId, outcome: 'OK' })
    return true
  })
  if (changed) await followSchedules(deps, connectionId)
  return { connectionId }
}
