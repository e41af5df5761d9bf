import { randomUUID } from 'node:crypto'
import { CredentialsRejected, RateLimited, SourceError, SourceUnavailable } from './errors.ts'

/** A secret that nobody has. */
export const wrongSecret = () => `wrong-${randomUUID()}`

/**
 * For a source that shows nothing at all: asks it once with wrong credentials, and throws CredentialsRejected where they are answered as ours are, with
 * nothing. Then ours may be as wrong, as some systems answer a bad key with 200 and nothing. `isEmptyToWrong` answers whether that is so, or
 * throws as the source refuses.
 */
export async function proveCredentials(isEmptyToWrong: () => Promise<boolean>): Promise<void> {
  if (!(await isAlike(isEmptyToWrong))) return
  throw new CredentialsRejected(
    'The source shows no record of any entity, and answers wrong credentials in the same way: these prove nothing. ' +
      'Check them and what their user may see. If everyone may read this source, connect without credentials.',
  )
}

async function isAlike(isEmptyToWrong: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isEmptyToWrong()
  } catch (error) {
    if (!(error instanceof SourceError) || error instanceof SourceUnavailable || error instanceof RateLimited)
      throw error
    return false // refused, in whatever way
  }
}
