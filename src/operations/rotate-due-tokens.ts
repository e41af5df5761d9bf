import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { readConnection } from '../store/connection-read.ts'
import { environmentOf } from '../store/credentials.ts'
import {
  type DueRotation,
  makeDueAgain,
  noteFailure,
  putOffRotation,
  settleRotation,
  takeDueRotation,
} from '../store/token-rotation.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { deliveryTo, pendingMs } from './deliver-token.ts'
import { ConnectionDisconnectedError, OperationError, OvertakenError, ValidationError } from './errors.ts'
import type { KeyDeps } from './keys.ts'
import { replaceToken } from './replace-token.ts'
import { schedulerOf } from './scheduler.ts'
import { durationMs } from './schedule-input.ts'

/** A target that hangs holds up no other for long. */
const atOnce = 4
/** Then its worker has died, and the place of the token on its way is free again. */
const takenForMs = 1.5 * pendingMs

/**
 * Rotates each connection's token that is due into its target. Safe to run in any number of processes at once: one is taken by one process, and a
 * success moves its due time in the transaction that makes the new token current. A failure changes no token; it is noted and tried again.
 */
export async function rotateDueTokens(deps: KeyDeps, stopping?: AbortSignal): Promise<void> {
  async function rotateOneByOne() {
    while (!stopping?.aborted) {
      const due = await takeDueRotation(deps.db, takenForMs)
      if (!due) return
      await rotate(deps, due)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, rotateOneByOne))
}

async function rotate(deps: KeyDeps, due: DueRotation): Promise<void> {
  const { db, log } = deps
  const { connectionId } = due
  try {
    const connection = await readConnection(db, connectionId)
    if (connection) await rotateFor(deps, schedulerOf(connection.environmentId), due)
  } catch (error) {
    if (error instanceof ConnectionDisconnectedError) return // the setting went with it
    if (!(error instanceof OperationError))
      log.error({ err: error, connectionId }, 'a token that is due was not rotated')
    await noteWhy(deps, due, error).catch((err: unknown) =>
      log.warn({ err, connectionId }, 'a failed rotation could not be noted'),
    )
  }
}

function noteWhy({ db }: KeyDeps, due: DueRotation, error: unknown): Promise<void> {
  if (!(error instanceof OvertakenError)) return noteFailure(db.pool, due, reasonOf(error))
  // whoever revoked it wants no token for now; whoever rotated it does, and theirs has been written over
  return error.by === 'REVOKED'
    ? putOffRotation(db.pool, due.connectionId)
    : makeDueAgain(db.pool, due.connectionId, error.message)
}

async function rotateFor(deps: KeyDeps, scheduler: Caller, due: DueRotation): Promise<void> {
  const { db } = deps
  const { connectionId, store, name } = due
  const attempt: Attempt = { action: 'CONNECTION_TOKEN_ROTATE', target: connectionId }
  await audited(db, scheduler, attempt, async () => {
    const environment = await environmentOf(db.pool, scheduler.environmentId)
    await replaceToken(db, {
      connectionId,
      environmentKind: environment.kind,
      overlapMs: durationMs(due.overlap) ?? 0,
      deliver: deliveryTo(deps, environment.name, { store, name }, ['rotation', 'target']),
      async settled(client) {
        await settleRotation(client, due)
        await insertAudit(client, auditEntry(scheduler, attempt))
      },
      async failed(client, reason) {
        await noteFailure(client, due, reason)
        await insertAudit(client, auditEntry(scheduler, attempt, 'DELIVERY_FAILED'))
      },
    })
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof ValidationError)
    return 'The operator does not allow this target any more (SYNCLINE_DELIVERY_TARGETS of the worker). Have it allowed again, or set another target.'
  if (error instanceof OperationError) return error.message
  return 'It failed for a reason of our own, which is in the log of the worker.'
}
