import type pg from 'pg'
import type { Caller } from '../auth/caller.ts'
import type { SyncMode, SyncTrigger } from '../generated/prisma/enums.ts'
import type { EntityType } from '../model/entity-type.ts'
import { insertAudit } from '../store/audit.ts'
import { appendEvents, lockGate, type NewEvent } from '../store/event-append.ts'
import { entityStandings, insertSyncRun, raiseToFullResync, workflowIdOf } from '../store/sync-run-insert.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry } from './audited.ts'
import { chooseRuns } from './choose-runs.ts'
import type { OperationDeps } from './deps.ts'
import { ConflictError, ConnectionDisconnectedError, ConnectionPausedError, ValidationError } from './errors.ts'
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
      const attempt: Attempt = { action: 'SYNC_START', target: connection.id }
      const begun = await startRun(deps, request, async (client, begun) => {
        await insertAudit(client, auditEntry(caller, attempt))
        await once.keep(client, answer(begun))
      })
      return answer(begun)
    } catch (error) {
      const winner = await once.lost(error)
      if (winner) return winner
      throw error
    }
  }

function answer({ syncRunId, attached }: BegunRun): StartedSync {
  return {
    syncRunId: syncRunId ?? attached[0]?.syncRunId ?? '',
    alreadyRunning: attached.map((held) => held.entity),
    attachedRunIds: [...new Set(attached.map((held) => held.syncRunId))],
  }
}

export interface RunRequest {
  connectionId: string
  /** Null: all that are enabled. */
  entities: readonly EntityType[] | null
  mode: SyncMode
  trigger: SyncTrigger
  /** Key of the schedule that fired: its entities are meant, and those that are busy are skipped, which an event tells. */
  schedule?: string
  requestedBy: string
}

export interface BegunRun {
  /** The new run; null when every entity was busy, or nothing was left to start. */
  syncRunId: string | null
  mode: SyncMode
  /** Entities that are busy, with the run that holds each, in the order asked. */
  attached: { entity: EntityType; syncRunId: string }[]
}

type Keep = (client: pg.ClientBase, begun: BegunRun) => Promise<void>

/** Starts a run for whoever asks: a caller, or a schedule. */
export async function startRun(
  deps: Pick<OperationDeps, 'db' | 'temporal' | 'log'>,
  request: RunRequest,
  keep: Keep,
): Promise<BegunRun> {
  const { connectionId } = request
  if (request.mode === 'INITIAL') {
    throw new ValidationError(
      'An INITIAL run starts by itself. Ask for INCREMENTAL, or for FULL_RESYNC to fetch everything again.',
      ['mode'],
    )
  }
  const begun = await transaction(deps.db, (client) => begin(client, request, keep))
  if (begun.syncRunId !== null) {
    await launchRun(deps, { syncRunId: begun.syncRunId, connectionId, mode: begun.mode })
  }
  return begun
}

async function begin(client: pg.ClientBase, request: RunRequest, keep: Keep): Promise<BegunRun> {
  const { connectionId } = request
  const status = await lockGate(client, connectionId)
  if (request.trigger === 'SCHEDULE') {
    // schedules rest unless the connection is ACTIVE: this firing was under way when it changed
    if (status !== 'ACTIVE') return { syncRunId: null, mode: request.mode, attached: [] }
  } else if (status === 'DISCONNECTED') {
    throw new ConnectionDisconnectedError(
      'The connection is disconnected. Reconnect it (reconnectConnection) to sync the system again.',
      ['connectionId'],
    )
  } else if (status === 'PAUSED') {
    throw new ConnectionPausedError('The connection is paused. Resume it to sync it again.', ['connectionId'])
  }
  const { mode, runs, attached, raise } = chooseRuns(await entityStandings(client, connectionId), request)
  if (raise.length > 0) await raiseToFullResync(client, raise)
  if (runs.length === 0 && attached.length === 0 && request.trigger === 'MANUAL') {
    throw new ConflictError('No entity of this connection is enabled. Enable some with updateConnection.', ['entities'])
  }
  const syncRunId = runs.length > 0 ? await insertSyncRun(client, { ...request, mode, entities: runs }) : null
  if (request.trigger === 'SCHEDULE') await appendEvents(client, connectionId, attached.map(skipped))
  const begun = { syncRunId, mode, attached }
  await keep(client, begun)
  return begun
}

/** No event of the run that holds the entity: whoever follows that run has not lost anything. */
function skipped({ entity, syncRunId }: BegunRun['attached'][number]): NewEvent {
  const holder = workflowIdOf(syncRunId)
  return {
    type: 'SYNC_SKIPPED',
    entity,
    message: `The scheduled sync of ${entity} was skipped: the run ${holder} still holds it. The schedule tries again next time; if that run hangs, cancel it.`,
  }
}
