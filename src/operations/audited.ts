import type { Caller } from '../auth/caller.ts'
import type { AuditAction } from '../store/audit-action.ts'
import { insertAudit, type NewAuditEntry } from '../store/audit.ts'
import type { Database } from '../store/database.ts'
import { OperationError } from './errors.ts'

export interface Attempt {
  action: AuditAction
  /** The store's id of what is acted on, as it was named; null when it does not exist yet. */
  target: string | null
}

export const auditEntry = (
  caller: Caller,
  { action, target }: Attempt,
  outcome = 'OK',
  environmentId: string | null = caller.environmentId,
): NewAuditEntry => ({ environmentId, actor: caller.id, action, target, outcome, ip: caller.ip })

/**
 * Notes an attempt that is refused, in the caller's environment: the outcome is the error's code. What succeeds notes itself, in the transaction
 * that does it.
 */
export async function audited<T>(db: Database, caller: Caller, attempt: Attempt, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OperationError) await insertAudit(db.pool, auditEntry(caller, attempt, error.code))
    throw error
  }
}

/** The verb, with its refused attempts noted; the target is the connection or run that its input names. */
export const noted =
  <I extends object, R>(db: Database, action: AuditAction, verb: (caller: Caller, input: I) => Promise<R>) =>
  (caller: Caller, input: I): Promise<R> =>
    audited(db, caller, { action, target: targetOf(input) }, () => verb(caller, input))

function targetOf(input: { connectionId?: unknown; syncRunId?: unknown }): string | null {
  const named = input.connectionId ?? input.syncRunId
  return typeof named === 'string' ? named : null
}
