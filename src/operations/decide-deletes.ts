import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import { ConnectionGone, EntityBusy } from '../store/errors.ts'
import { confirmHeld, dismissHeld, entityRunIdOf } from '../store/held-delete.ts'
import type { OperationDeps } from './deps.ts'
import { ConflictError, ConnectionDisconnectedError, ValidationError } from './errors.ts'
import { connectionOfOwnRun } from './own-connection.ts'

interface DecideInput {
  syncRunId: string
  entity: EntityType
}

/** Deletes what a full re-sync has held back. Repeating it, or confirming a set that a later re-sync has overtaken, changes nothing. */
export const confirmDeletes = (deps: OperationDeps) => decideDeletes(deps, confirmHeld)

/** Lets what a full re-sync has held back stay, until the next one judges anew. Repeating it changes nothing. */
export const dismissDeletes = (deps: OperationDeps) => decideDeletes(deps, dismissHeld)

const decideDeletes =
  ({ db }: OperationDeps, decide: typeof confirmHeld) =>
  async (caller: Caller, { syncRunId, entity }: DecideInput): Promise<{ syncRunId: string }> => {
    const connection = await connectionOfOwnRun(db, caller, syncRunId)
    if (connection.status === 'DISCONNECTED') throw disconnected()
    const entityRunId = await entityRunIdOf(db, syncRunId, entity)
    if (entityRunId === null) throw new ValidationError(`This run does not sync ${entity}.`, ['entity'])
    const { id: connectionId, environmentId } = connection
    try {
      await decide(db, { connectionId, environmentId, syncRunId, entityRunId, entity, actor: caller.id, ip: caller.ip })
    } catch (error) {
      if (error instanceof ConnectionGone) throw disconnected()
      if (error instanceof EntityBusy) {
        throw new ConflictError(
          `A run reads ${entity} now and may bring the held records back. Decide when it has ended, or cancel it first.`,
          ['entity'],
          error,
        )
      }
      throw error
    }
    return { syncRunId }
  }

const disconnected = () =>
  new ConnectionDisconnectedError('The connection is disconnected: its records change no more.', ['syncRunId'])
