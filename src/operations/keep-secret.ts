import { SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { readConnection } from '../store/connection-read.ts'
import { doomSecret } from '../store/doomed-secret.ts'
import type { OperationDeps } from './deps.ts'
import { destroyDoomed } from './doomed-secrets.ts'
import { SecretStoreError } from './errors.ts'

export interface KeptSecret {
  reference: string
  /**
   * For when the transaction that was to store the reference has failed. It may be stored all the same, where the answer to COMMIT was lost with the
   * way to PostgreSQL: only a secret that no connection is seen to need is destroyed.
   */
  discardUnlessStored(connectionId: string): Promise<void>
}

export async function keepSecret({ db, secrets, log }: OperationDeps, secret: string): Promise<KeptSecret> {
  try {
    const reference = await secrets.put(secret)
    return {
      reference,
      async discardUnlessStored(connectionId) {
        try {
          const stored = await readConnection(db, connectionId)
          if (stored?.credentialsRef === reference) return
          await doomSecret(db.pool, reference)
          await destroyDoomed({ db, secrets, log }, reference)
        } catch (err) {
          log.error({ err, reference }, 'a secret that may not be needed any more was not destroyed')
        }
      },
    }
  } catch (error) {
    if (error instanceof SecretStoreDenied)
      throw new SecretStoreError(`${error.message} Nothing was stored.`, null, error)
    if (!(error instanceof SecretStoreUnavailable)) throw error
    throw new SecretStoreError(`${error.message} Nothing was stored; try again when it is back.`, null, error)
  }
}
