import { type Caller, connectionTokenScopes } from '../auth/caller.ts'
import type { TargetName } from '../secrets/delivery.ts'
import { insertAudit } from '../store/audit.ts'
import { environmentOf } from '../store/credentials.ts'
import { appendEvents, lockGate } from '../store/event-append.ts'
import { putRotation, removeRotation, type RotationSetting } from '../store/token-rotation.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { type Deliver, deliveryTo } from './deliver-token.ts'
import { disconnected, ValidationError } from './errors.ts'
import type { KeyDeps } from './keys.ts'
import { mayHandOver } from './may-hand-over.ts'
import { ownConnection } from './own-connection.ts'
import { checkOverlap } from './rotate-secret.ts'
import { durationMs } from './schedule-input.ts'

export interface SetTokenRotationInput {
  connectionId: string
  /** Null: by hand only. */
  rotation: TokenRotationInput | null
}

export interface TokenRotationInput {
  target: TargetName
  /** ISO 8601 durations. */
  every: string
  overlap: string
}

/**
 * Has a connection's token rotated into a target by itself, one interval from now for the first time, or ends that. Who may hand the token to the
 * target now lets the schedule do so from then on, also when the key of whoever did is gone.
 */
export const setTokenRotation =
  (deps: KeyDeps) =>
  (caller: Caller, { connectionId: asked, rotation }: SetTokenRotationInput): Promise<{ connectionId: string }> => {
    const { db } = deps
    const attempt: Attempt = { action: 'TOKEN_ROTATION_SET', target: asked }
    return audited(db, caller, attempt, async () => {
      const { id: connectionId, environmentId } = await ownConnection(db, caller, asked, 'connectionId')
      const setting = rotation && checkSetting(rotation)
      let deliver: Deliver | null = null
      if (rotation) {
        mayHandOver(caller, connectionTokenScopes, 'connectionId')
        const environment = await environmentOf(db.pool, environmentId)
        deliver = deliveryTo(deps, environment.name, rotation.target, ['rotation', 'target'])
      }
      await transaction(db, async (client) => {
        if ((await lockGate(client, connectionId)) === 'DISCONNECTED') throw disconnected()
        await deliver?.claim(client, { kind: 'CONNECTION', of: connectionId })
        if (setting) await putRotation(client, connectionId, setting)
        else if (!(await removeRotation(client, connectionId))) return
        await appendEvents(client, connectionId, [{ type: 'CONNECTION_CHANGED' }])
        await insertAudit(client, auditEntry(caller, attempt))
      })
      return { connectionId }
    })
  }

const minute = 60_000
// AWS keeps no more than a hundred versions that are younger than a day
const shortestMs = 15 * minute
const longestMs = 365 * 24 * 60 * minute

function checkSetting({ target, every, overlap }: TokenRotationInput): RotationSetting {
  const everyMs = durationMs(every)
  if (everyMs === null || everyMs < shortestMs || everyMs > longestMs) {
    throw new ValidationError(
      'every is an ISO 8601 duration of weeks, days, hours, minutes and seconds, from PT15M to P365D, e.g. P30D.',
      ['rotation', 'every'],
    )
  }
  const path = ['rotation', 'overlap']
  if (checkOverlap(overlap, path) > everyMs) {
    throw new ValidationError('overlap is longer than every: more and more tokens would work at once.', path)
  }
  return { store: target.store, name: target.name, every, overlap }
}
