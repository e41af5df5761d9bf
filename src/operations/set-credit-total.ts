import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { setTotalCredits } from '../store/credit-pool.ts'
import type { Database } from '../store/database.ts'
import { CreditsInUse } from '../store/errors.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { checkCredits } from './check-credits.ts'
import { ConflictError, NotFoundError } from './errors.ts'

/** Sets what an environment has in all, used credits included; its ledger tells the difference. The same total again changes nothing. */
export const setCreditTotal =
  (db: Database) =>
  (caller: Caller, input: { environment: string; total: number }): Promise<{ environmentId: string }> => {
    const action = 'CREDIT_TOTAL_SET'
    return audited(db, caller, { action, target: input.environment.slice(0, 100) }, async () => {
      const total = checkCredits(input.total, 'total')
      return transaction(db, async (client) => {
        const set = await setTotalCredits(client, input.environment, total)
        if (!set) throw new NotFoundError('There is no environment of this name.', ['environment'])
        const { environmentId, delta } = set
        const attempt: Attempt = { action, target: environmentId }
        if (delta !== 0) await insertAudit(client, auditEntry(caller, attempt, 'OK', environmentId))
        return { environmentId }
      }).catch((error: unknown) => {
        if (!(error instanceof CreditsInUse)) throw error
        throw new ConflictError(
          `${error.used} credits are in use. Disconnect connections first, or set a total of ${error.used} or more.`,
          ['total'],
        )
      })
    })
  }
