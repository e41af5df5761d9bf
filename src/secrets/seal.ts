import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SealedSecret } from '../store/local-secret.ts'

export interface EncryptionKey {
  id: string
  /** 32 bytes. */
  key: Buffer
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** AES-256-GCM. The secret's id is authenticated with it, so that a row cannot be passed off as another. */
export function seal(id: string, secret: string, { id: keyId, key }: EncryptionKey): SealedSecret {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(id))
  return {
    keyId,
    ciphertext: Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]),
  }
}

/** Undefined: it was sealed under another key, or is not what was sealed. */
export function unseal(id: string, { ciphertext: bytes }: SealedSecret, { key }: EncryptionKey): string | undefined {
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(id))
      .setAuthTag(bytes.subarray(-tagBytes))
    return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
