import type { Caller } from '../auth/caller.ts'
import { connectionOfRun, readConnection, type StoredConnection } from '../store/connection-read.ts'
import type { Database } from '../store/database.ts'
import { NotFoundError } from './errors.ts'

/** The connection, if the caller's environment and token reach it. Unknown and forbidden look the same. */
export async function ownConnection(
  db: Database,
  caller: Caller,
  connectionId: string,
  path: string,
): Promise<StoredConnection> {
  const connection = await readConnection(db, connectionId)
  const reaches = caller.connectionId === null || caller.connectionId === connectionId
  if (!connection || connection.environmentId !== caller.environmentId || !reaches) {
    throw new NotFoundError('There is no such connection in this environment.', [path])
  }
  return connection
}

/** The connection of a run, if the caller reaches it; as ownConnection. */
export async function connectionOfOwnRun(db: Database, caller: Caller, syncRunId: string): Promise<StoredConnection> {
  const unknown = () => new NotFoundError('There is no such run in this environment.', ['syncRunId'])
  const connectionId = await connectionOfRun(db, syncRunId)
  if (connectionId === null) throw unknown()
  return ownConnection(db, caller, connectionId, 'syncRunId').catch((error: unknown) => {
    throw error instanceof NotFoundError ? unknown() : error
  })
}
