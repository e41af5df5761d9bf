import type { Caller } from '../auth/caller.ts'
import { disconnect } from '../store/connection-disconnect.ts'
import { afterCommit } from './after-commit.ts'
import type { OperationDeps } from './deps.ts'
import { ownConnection } from './own-connection.ts'

/**
 * Disconnects at once and for good: one transaction, then a durable workflow that stops what runs in Temporal and destroys the source's
 * credentials. When Temporal is away the reconciler starts that workflow.
 */
export const disconnectConnection =
  (deps: OperationDeps) =>
  async (
    caller: Caller,
    input: { connectionId: string },
  ): Promise<{ connectionId: string; creditsReturned: number }> => {
    const connection = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    const creditsReturned = await disconnect(deps.db, {
      connectionId: connection.id,
      environmentId: connection.environmentId,
      actor: caller.id,
      ip: caller.ip,
    })
    await afterCommit(deps.log, connection.id, 'disconnected; its clean-up could not be started yet', () =>
      deps.temporal.startCleanup(connection.id),
    )
    return { connectionId: connection.id, creditsReturned }
  }
