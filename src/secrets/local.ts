import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Database } from '../store/database.ts'
import { isUuid } from '../store/connection-read.ts'
import { newId } from '../store/ids.ts'
import { deleteSealed, getSealed, putSealed } from '../store/local-secret.ts'
import { SecretMissing, type SecretStore, SecretStoreUnavailable } from './secret-store.ts'

export interface EncryptionKey {
  id: string
  /** 32 bytes. */
  key: Buffer
}

const scheme = 'local:'
const nonceBytes = 12
const tagBytes = 16

/**
 * Secrets in the database, sealed with AES-256-GCM under the first key of the ring; the others open what older keys sealed. The secret's id
 * is authenticated with it, so that a row cannot be passed off as another.
 */
export function createLocalSecretStore(db: Database, ring: readonly EncryptionKey[]): SecretStore {
  const newest = ring[0]
  if (!newest) throw new Error('the key ring is empty')

  return {
    async put(secret) {
      const id = newId()
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', newest.key, nonce).setAAD(Buffer.from(id))
      const ciphertext = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      await reach(() => putSealed(db, id, { keyId: newest.id, ciphertext }))
      return scheme + id
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
      const bytes = sealed.ciphertext
      try {
        const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(id))
          .setAuthTag(bytes.subarray(-tagBytes))
        return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        throw new SecretMissing(
          `The secret does not open under key "${key.id}": SYNCLINE_ENCRYPTION_KEYS holds another key of that id.`,
        )
      }
    },

    async destroy(reference) {
      await reach(() => deleteSealed(db, idOf(reference)))
    },
  }
}

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
