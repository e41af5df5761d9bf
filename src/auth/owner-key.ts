import { StartError } from '../config.ts'
import type { Database } from '../store/database.ts'
import { ownerKeyHash, storeOwnerKey } from '../store/owner-key.ts'
import { hashToken } from './token.ts'

/** Stores the hash of the key given, or relies on the one that an earlier start stored. What another key had opened ends, in every process. */
export async function ensureOwnerKey(db: Database, { given }: { given?: string | undefined }): Promise<void> {
  if (given !== undefined) {
    await storeOwnerKey(db, hashToken(given))
  } else if (!(await ownerKeyHash(db.pool))) {
    throw new StartError(
      'SYNCLINE_OWNER_KEY is not set and no earlier start has stored an owner key, so nobody could sign in. ' +
        'Set it to 32 characters or more, e.g. the output of: openssl rand -base64 32',
    )
  }
}
