import { CredentialsRejected, SourceError } from '../connectors/errors.ts'
import type { Database } from '../store/database.ts'
import { readConnection } from '../store/connection-read.ts'

/** The source refused credentials that others had replaced by then: the next attempt reads with those. */
export class CredentialsReplaced extends SourceError {
  readonly category = 'AUTHENTICATION'
  readonly retry = 'transient'

  constructor() {
    super('The source refused credentials that have been replaced meanwhile. It is asked again with the new ones.')
  }
}

/** What a failure of an attempt that read with these credentials means: a refusal says nothing of others that the connection has now. */
export async function judgeRefusal(
  db: Database,
  { connectionId, credentialsRef }: { connectionId: string; credentialsRef: string },
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CredentialsRejected)) return error
  const current = (await readConnection(db, connectionId))?.credentialsRef
  return current && current !== credentialsRef ? new CredentialsReplaced() : error
}
