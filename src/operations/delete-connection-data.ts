import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import type { EntityType } from '../model/entity-type.ts'
import { insertAudit, type NewAuditEntry } from '../store/audit.ts'
import type { StoredConnection } from '../store/connection-read.ts'
import { askDeletion } from '../store/data-deletion.ts'
import { transaction } from '../store/transaction.ts'
import { afterCommit } from './after-commit.ts'
import type { OperationDeps } from './deps.ts'
import { ConflictError, ValidationError } from './errors.ts'
import type { DeleteConnectionDataInput } from './operations.ts'
import { ownConnection } from './own-connection.ts'
import { statesToChange } from './states-to-change.ts'

/**
 * Deletes the data of a disconnected connection, or of some of its entities, for good. One transaction marks them: from then on no reader is shown
 * any. A durable workflow then deletes them; when Temporal is away the reconciler starts it. Asking again changes nothing.
 */
export const deleteConnectionData =
  (deps: OperationDeps) =>
  async (caller: Caller, input: DeleteConnectionDataInput): Promise<{ connectionId: string }> => {
    const connection = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    const connectionId = connection.id
    const asked = await transaction(deps.db, (client) => ask(client, caller, connection, input.entities ?? null))
    if (asked.length > 0) {
      await afterCommit(deps.log, connectionId, 'data are hidden; their deletion could not be started yet', () =>
        deps.temporal.startDataDeletion(connectionId),
      )
    }
    return { connectionId }
  }

async function ask(
  client: pg.ClientBase,
  caller: Caller,
  { id, environmentId }: StoredConnection,
  chosen: readonly EntityType[] | null,
): Promise<EntityType[]> {
  const { states, status } = await statesToChange(client, id)
  if (status !== 'DISCONNECTED') {
    throw new ConflictError(
      'The connection is not disconnected, and its data would come back. Disconnect it first; that is final, as this is.',
      ['connectionId'],
    )
  }
  const stored = states.map(({ entity }) => entity)
  const asked = await askDeletion(client, id, chosen ? choose(stored, chosen) : stored)
  const audit = {
    environmentId,
    actor: caller.id,
    ip: caller.ip,
    action: 'CONNECTION_DATA_DELETE',
    outcome: 'OK',
  } satisfies Omit<NewAuditEntry, 'target'>
  const targets = chosen ? asked.map((entity) => `${id}/${entity}`) : asked.length > 0 ? [id] : []
  for (const target of targets) await insertAudit(client, { ...audit, target })
  return asked
}

function choose(stored: readonly EntityType[], chosen: readonly EntityType[]): readonly EntityType[] {
  if (chosen.length === 0)
    throw new ValidationError('Name at least one entity, or leave entities out for all.', ['entities'])
  const unknown = chosen.findIndex((entity) => !stored.includes(entity))
  if (unknown === -1) return chosen
  throw new ValidationError(`This connection has no data of ${chosen[unknown]}. It has synced ${stored.join(', ')}.`, [
    'entities',
    String(unknown),
  ])
}
