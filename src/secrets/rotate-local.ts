import type { Database } from '../store/database.ts'
import { countByKey, resealBatch } from '../store/local-secret.ts'
import { type EncryptionKey, seal, unseal } from './seal.ts'

export interface Rotation {
  /** Sealed anew by this call. */
  resealed: number
  /** Those that stayed as they were, by the key that they are under. */
  left: Map<string, number>
}

export interface RotationOptions {
  batch?: number
  /** Told after each batch how many have been sealed anew so far. */
  onBatch?: (resealed: number) => void
}

/**
 * Seals every local secret anew under the newest key, batch by batch. What is done is known by the rows themselves: it can be killed and started again,
 * run twice at once, and run beside processes that have the newest key in their ring. A secret that no key of the ring opens stays as it is.
 */
export async function rotateLocalSecrets(
  db: Database,
  ring: readonly EncryptionKey[],
  { batch = 100, onBatch = () => {} }: RotationOptions = {},
): Promise<Rotation> {
  const newest = ring[0]
  if (!newest) throw new Error('the key ring is empty')
  let resealed = 0
  for (let after: string | null = null; ; ) {
    const done = await resealBatch(db, { keyId: newest.id, after, limit: batch }, (id, sealed) => {
      const key = ring.find((candidate) => candidate.id === sealed.keyId)
      const secret = key && unseal(id, sealed, key)
      return secret === undefined ? null : seal(id, secret, newest)
    })
    const last: string | undefined = done.ids.at(-1)
    resealed += done.resealed
    if (last === undefined) break
    onBatch(resealed)
    after = last
  }
  const left = await countByKey(db)
  left.delete(newest.id)
  return { resealed, left }
}
