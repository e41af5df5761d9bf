import type pg from 'pg'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secrets/secret-store.ts'
import { doomAtOnce, doomUnlessSpared, forgetDoomedSecret, spareSecret } from '../store/doomed-secret.ts'
import type { OperationDeps } from './deps.ts'
import { destroyDoomed } from './doomed-secrets.ts'
import { SecretStoreError } from './errors.ts'

export interface KeptSecret {
  reference: string
  /** Part of the transaction that stores the reference: without it the secret is destroyed, also when this process dies before. */
  spare(client: pg.ClientBase): Promise<void>
  /**
   * For when that transaction has failed. The reference may be stored all the same, where the answer to COMMIT was lost with the way to PostgreSQL:
   * only a secret that was not spared is destroyed, here or by a worker.
   */
  discard(): Promise<void>
}

export async function keepSecret({ db, secrets, log }: OperationDeps, secret: string): Promise<KeptSecret> {
  const reference = secrets.newReference()
  const doomedAt = await doomUnlessSpared(db.pool, reference)
  try {
    await secrets.put(secret, reference)
  } catch (error) {
    if (error instanceof SecretStoreDenied) {
      await forgetDoomedSecret(db.pool, reference)
      throw new SecretStoreError(`${error.message} Nothing was stored.`, null, error)
    }
    if (!(error instanceof SecretStoreUnavailable)) throw error
    throw new SecretStoreError(`${error.message} Nothing was stored; try again when it is back.`, null, error)
  }
  return {
    reference,
    async spare(client) {
      if (await spareSecret(client, reference, doomedAt)) return
      throw new SecretStoreError('It took too long to store the credentials. Nothing was stored; try again.')
    },
    async discard() {
      try {
        if (await doomAtOnce(db.pool, reference)) await destroyDoomed({ db, secrets, log }, reference)
      } catch (err) {
        log.warn({ err, reference }, 'a secret that is not needed was not destroyed yet; a worker does')
      }
    },
  }
}
