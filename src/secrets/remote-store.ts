import { isUuid } from '../store/connection-read.ts'
import { newId } from '../store/ids.ts'
import { type Patience, patiently } from './patience.ts'
import { SecretMissing, type SecretStore, SecretStoreDenied } from './secret-store.ts'

/** What differs between secret managers. Each call is one attempt and throws the classes of secret-store.ts. */
export interface SecretManager {
  /** The scheme of its references. */
  readonly scheme: 'vault' | 'aws' | 'azure'
  /** As messages name it. */
  readonly title: string
  /** Writing the same again succeeds; nobody else writes under this id. */
  write(id: string, secret: string, signal: AbortSignal): Promise<void>
  read(id: string, signal: AbortSignal): Promise<string>
  /** Removes every version; nothing there is no error. */
  remove(id: string, signal: AbortSignal): Promise<void>
}

export interface RemoteStoreOptions {
  patience: Patience
  /** Told of a secret that a failed put may have left in the store and that could not be removed. */
  onLeftBehind: (reference: string) => void
}

/** A secret manager as a SecretStore. A reference holds an id alone: where it leads is what is configured, whoever could write a reference. */
export function createRemoteStore(manager: SecretManager, { patience, onLeftBehind }: RemoteStoreOptions): SecretStore {
  const { scheme, title } = manager
  const newReference = () => `${scheme}:${newId()}`

  function idOf(reference: string): string {
    if (!reference.startsWith(`${scheme}:`)) {
      throw new SecretMissing('The secret is kept in another store than the one that SECRET_STORE names.')
    }
    const id = reference.slice(scheme.length + 1)
    if (!isUuid(id)) throw new SecretMissing(`The reference to the secret is none that Syncline has made in ${title}.`)
    return id
  }

  return {
    newReference,
    async put(secret, reference = newReference()) {
      const id = idOf(reference)
      let attempts = 0
      try {
        await patiently(title, patience, (signal) => {
          attempts++
          return manager.write(id, secret, signal)
        })
        return reference
      } catch (error) {
        if (error instanceof SecretStoreDenied && attempts === 1) throw error
        // an attempt whose answer was lost may have written it all the same
        await patiently(title, { ...patience, attempts: 1 }, (signal) => manager.remove(id, signal)).catch(() =>
          onLeftBehind(reference),
        )
        throw error
      }
    },
    async get(reference) {
      const id = idOf(reference)
      return patiently(title, patience, (signal) => manager.read(id, signal))
    },
    async destroy(reference) {
      const id = idOf(reference)
      await patiently(title, patience, (signal) => manager.remove(id, signal))
    },
  }
}
