import type { ConnectionStatus } from '../generated/prisma/enums.ts'
import type { Database } from './database.ts'

export interface StoredConnection {
  id: string
  key: number
  environmentId: string
  status: ConnectionStatus
  system: string
  config: unknown
  credentialsRef: string | null
  historyDays: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const isUuid = (text: string) => uuid.test(text)

export async function readConnection(db: Database, connectionId: string): Promise<StoredConnection | null> {
  if (!isUuid(connectionId)) return null
  const { rows } = await db.pool.query<StoredConnection>(
    `SELECT c.id, c.key, c.environment_id AS "environmentId", g.status, c.system, c.config,
            c.credentials_ref AS "credentialsRef", c.history_days AS "historyDays"
     FROM connection c JOIN connection_gate g ON g.connection_id = c.id WHERE c.id = $1`,
    [connectionId],
  )
  return rows[0] ?? null
}

export async function connectionOfRun(db: Database, syncRunId: string): Promise<string | null> {
  if (!isUuid(syncRunId)) return null
  const { rows } = await db.pool.query<{ connection_id: string }>('SELECT connection_id FROM sync_run WHERE id = $1', [
    syncRunId,
  ])
  return rows[0]?.connection_id ?? null
}
