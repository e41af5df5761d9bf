import { SecretStoreUnavailable } from '../secrets/secret-store.ts'
import type { OperationDeps } from './deps.ts'
import { SecretStoreError } from './errors.ts'

export interface KeptSecret {
  reference: string
  /** For when what it belongs to was not stored after all. */
  discard(): Promise<void>
}

export async function keepSecret({ secrets, log }: OperationDeps, secret: string): Promise<KeptSecret> {
  try {
    const reference = await secrets.put(secret)
    return {
      reference,
      discard: () =>
        secrets
          .destroy(reference)
          .catch((err: unknown) => log.error({ err, reference }, 'a discarded secret could not be destroyed')),
    }
  } catch (error) {
    if (!(error instanceof SecretStoreUnavailable)) throw error
    throw new SecretStoreError(`${error.message} Nothing was stored; try again when it is back.`, null, error)
  }
}
