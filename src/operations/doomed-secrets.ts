import { SecretMissing } from '../secrets/secret-store.ts'
import { forgetDoomedSecret, takeDoomedSecret } from '../store/doomed-secret.ts'
import type { OperationDeps } from './deps.ts'

type DestroyDeps = Pick<OperationDeps, 'db' | 'secrets' | 'log'>

/** Destroys a secret that is marked as doomed. Where the store is away or refuses, the mark stays and a worker tries again. */
export async function destroyDoomed({ db, secrets, log }: DestroyDeps, reference: string): Promise<void> {
  try {
    await secrets.destroy(reference)
  } catch (err) {
    if (!(err instanceof SecretMissing)) {
      log.warn({ err, reference }, 'credentials that are not needed any more could not be destroyed yet')
      return
    }
    log.warn(
      { reference },
      'credentials that are not needed any more are in a store of before; they are yours to delete',
    )
  }
  await forgetDoomedSecret(db.pool, reference).catch((err: unknown) => {
    log.warn({ err, reference }, 'destroyed credentials are still marked; they are destroyed once more')
  })
}

/** One round: all that are due. Safe in any number of processes at once, and to repeat. */
export async function destroyDoomedSecrets(deps: DestroyDeps, stopping?: AbortSignal): Promise<void> {
  while (!stopping?.aborted) {
    const reference = await takeDoomedSecret(deps.db.pool)
    if (reference === null) return
    await destroyDoomed(deps, reference)
  }
}
