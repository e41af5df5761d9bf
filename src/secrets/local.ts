import type { Database } from '../store/database.ts'
import { isUuid } from '../store/connection-read.ts'
import { newId } from '../store/ids.ts'
import { deleteSealed, getSealed, putSealed } from '../store/local-secret.ts'
import { type EncryptionKey, seal, unseal } from './seal.ts'
import { SecretMissing, type SecretStore, SecretStoreUnavailable } from './secret-store.ts'

const scheme = 'local:'

/** Secrets in the database, sealed under the first key of the ring; the others open what older keys sealed. */
export function createLocalSecretStore(db: Database, ring: readonly EncryptionKey[]): SecretStore {
  const newest = ring[0]
  if (!newest) throw new Error('the key ring is empty')

  return {
    newReference,

    async put(secret, reference = newReference()) {
      const id = idOf(reference)
      await reach(() => putSealed(db, id, seal(id, secret, newest)))
      return reference
    },

    async get(reference) {
      const id = idOf(reference)
      const sealed = await reach(() => getSealed(db, id))
      if (!sealed) throw new SecretMissing('The secret is not in the local store: it was destroyed.')
      const key = ring.find((candidate) => candidate.id === sealed.keyId)
      if (!key) {
        throw new SecretMissing(
          `The secret is sealed under key "${sealed.keyId}", which SYNCLINE_ENCRYPTION_KEYS does not hold. Add that key to the ring.`,
        )
      }
      const secret = unseal(id, sealed, key)
      if (secret !== undefined) return secret
      throw new SecretMissing(
        `The secret does not open under key "${key.id}": SYNCLINE_ENCRYPTION_KEYS holds another key of that id.`,
      )
    },

    async destroy(reference) {
      const id = idOf(reference)
      await reach(() => deleteSealed(db, id))
    },
  }
}

const newReference = () => scheme + newId()

function idOf(reference: string): string {
  if (!reference.startsWith(scheme)) {
    throw new SecretMissing('The secret is kept in another store than the one that SECRET_STORE names.')
  }
  const id = reference.slice(scheme.length)
  if (!isUuid(id)) throw new SecretMissing('The reference to the secret is none that the local store has given.')
  return id
}

async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new SecretStoreUnavailable('The local secret store (the database) does not answer.', error)
  }
}
