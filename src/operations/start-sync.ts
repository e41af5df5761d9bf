import type { Caller } from '../auth/caller.ts'
import type { SyncMode, SyncTrigger } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import { lockGate } from '../store/event-append.ts'
import { entityStandings, insertSyncRun, raiseToFullResync } from '../store/sync-run-insert.ts'
import { transaction } from '../store/transaction.ts'
import { chooseRuns } from './choose-runs.ts'
import type { OperationDeps } from './deps.ts'
import { ConnectionDisconnectedError, ConnectionPausedError, ValidationError } from './errors.ts'
import { idempotent } from './idempotent.ts'
import { launchRun } from './launch-run.ts'
import type { StartedSync, StartSyncInput } from './operations.ts'
import { ownConnection } from './own-connection.ts'

/** A manual run, as the API asks for it. */
export const startSync =
  (deps: OperationDeps) =>
  async (caller: Caller, input: StartSyncInput): Promise<StartedSync> => {
    const connection = await ownConnection(deps.db, caller, input.connectionId, 'connectionId')
    const once = await idempotent<StartedSync>(deps.db, caller, 'startSync', input.idempotencyKey, input)
    if (once.replay) return once.replay
    const request = {
      connectionId: connection.id,
      entities: input.entities ?? null,
      mode: input.mode ?? 'INCREMENTAL',
      trigger: 'MANUAL' as const,
      requestedBy: caller.id,
    }
    try {
      return await startRun(deps, request, once.keep)
    } catch (error) {
      const winner = await once.lost(error)
      if (winner) return winner
      throw error
    }
  }

export interface RunRequest {
  connectionId: string
  /** Null: all that are enabled. */
  entities: readonly EntityType[] | null
  mode: SyncMode
  trigger: SyncTrigger
  requestedBy: string
}

/** Starts a run for whoever asks: a caller, or a schedule. */
export async function startRun(
  deps: Pick<OperationDeps, 'db' | 'temporal' | 'log'>,
  request: RunRequest,
  keep: Awaited<ReturnType<typeof idempotent<StartedSync>>>['keep'],
): Promise<StartedSync> {
  const { connectionId } = request
  if (request.mode === 'INITIAL') {
    throw new ValidationError(
      'An INITIAL run starts by itself. Ask for INCREMENTAL, or for FULL_RESYNC to fetch everything again.',
      ['mode'],
    )
  }
  const { started, isNew, mode } = await transaction(deps.db.pool, async (client) => {
    const status = await lockGate(client, connectionId)
    if (status === 'DISCONNECTED') {
      throw new ConnectionDisconnectedError('The connection is disconnected. Reconnect the system to sync it again.', [
        'connectionId',
      ])
    }
    if (status === 'PAUSED') {
      throw new ConnectionPausedError('The connection is paused. Resume it to sync it again.', ['connectionId'])
    }
    const choice = chooseRuns(await entityStandings(client, connectionId), request)
    if (choice.raise.length > 0) await raiseToFullResync(client, choice.raise)
    const { attached } = choice
    const isNew = choice.runs.length > 0
    const syncRunId = isNew
      ? await insertSyncRun(client, { ...request, mode: choice.mode, entities: choice.runs })
      : (attached[0]?.syncRunId ?? '')
    const started: StartedSync = {
      syncRunId,
      alreadyRunning: attached.map((held) => held.entity),
      attachedRunIds: [...new Set(attached.map((held) => held.syncRunId))],
    }
    await keep(client, started)
    return { started, isNew, mode: choice.mode }
  })
  if (isNew) {
    deps.db.announcer.announce(connectionId)
    await launchRun(deps, { syncRunId: started.syncRunId, connectionId, mode })
  }
  return started
}
