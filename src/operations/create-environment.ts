import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { grantCredits } from '../store/credit-pool.ts'
import type { Database } from '../store/database.ts'
import { insertEnvironment } from '../store/environment.ts'
import { newId } from '../store/ids.ts'
import { transaction } from '../store/transaction.ts'
import { type Attempt, auditEntry, audited } from './audited.ts'
import { checkCredits } from './check-credits.ts'
import type { CreateEnvironmentInput } from './environments.ts'
import { ConflictError, ValidationError } from './errors.ts'

/** As it stands in a header, in settings of the operator, and in the form of a host name's part. */
const name = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** A new wall with a credit pool of its own. Its name is final, and so is its kind: keys and tokens carry it. */
export const createEnvironment =
  (db: Database) =>
  (caller: Caller, input: CreateEnvironmentInput): Promise<{ environmentId: string }> =>
    audited(db, caller, { action: 'ENVIRONMENT_CREATE', target: null }, async () => {
      if (!name.test(input.name)) {
        throw new ValidationError(
          'name is 1 to 63 small letters, digits and dashes; it begins with a letter and does not end with a dash, e.g. staging-eu.',
          ['name'],
        )
      }
      const credits = checkCredits(input.credits ?? 100, 'credits')
      const environmentId = newId()
      await transaction(db, async (client) => {
        const made = await insertEnvironment(client, {
          id: environmentId,
          name: input.name,
          kind: input.kind,
          creditTotal: credits,
        })
        if (!made) throw new ConflictError('There is an environment of this name. Choose another one.', ['name'])
        await grantCredits(client, environmentId, credits)
        const attempt: Attempt = { action: 'ENVIRONMENT_CREATE', target: environmentId }
        // of the whole installation: the owner sees it in whichever environment
        await insertAudit(client, auditEntry(caller, attempt, 'OK', null))
      })
      return { environmentId }
    })
