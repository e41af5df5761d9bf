import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { type DataFolder, writeWhole } from './data-folder.ts'

export interface OwnerKey {
  /** Null when it was given at an earlier start: the database knows its hash, nobody else knows it. */
  key: string | null
  /** Where it can be read; null when it was given. */
  file: string | null
}

/** The owner's key: as given, else as kept, else a new one. One that is given makes the kept one void, so it is removed. */
export function ownerKey(folder: DataFolder, given: string | undefined): OwnerKey {
  const file = folder.at('owner-key')
  if (given !== undefined) {
    folder.remember({ ownerKeyGiven: true })
    rmSync(file, { force: true })
    return { key: given, file: null }
  }
  if (folder.recall().ownerKeyGiven) return { key: null, file: null }
  return { key: kept(file, () => `syn_owner_${randomBytes(32).toString('base64url')}`), file }
}

/** The key ring of the local secret store, in the form of SYNCLINE_ENCRYPTION_KEYS. */
export const encryptionKeys = (folder: DataFolder) =>
  kept(folder.at('encryption-keys'), () => `k1:${randomBytes(32).toString('base64')}`)

function kept(file: string, make: () => string): string {
  if (!existsSync(file)) writeWhole(file, make())
  return readFileSync(file, 'utf8').trim()
}
