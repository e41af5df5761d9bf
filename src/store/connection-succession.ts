import type { ConnectionStatus } from '../generated/prisma/enums.ts'
import type { Database } from './database.ts'
import type { StateRow } from './entity-state-change.ts'

/** What a connection that follows a disconnected one takes over, beside what readConnection tells. */
export interface FormerConnection {
  name: string
  customer: { externalId: string; name: string | null } | null
  deleteGuardPercent: number
  entities: StateRow[]
}

export async function readFormer(db: Database, connectionId: string): Promise<FormerConnection> {
  const { rows } = await db.pool.query<{
    name: string
    customerId: string | null
    customerName: string | null
    guard: number
  }>(
    `SELECT name, customer_external_id AS "customerId", customer_name AS "customerName", delete_guard_percent AS guard
     FROM connection WHERE id = $1`,
    [connectionId],
  )
  const row = rows[0]
  if (!row) throw new Error(`connection ${connectionId} does not exist`)
  const { rows: entities } = await db.pool.query<StateRow>(
    'SELECT entity, enabled, schedule FROM entity_state WHERE connection_id = $1 ORDER BY entity',
    [connectionId],
  )
  const { name, customerId, customerName, guard } = row
  const customer = customerId === null ? null : { externalId: customerId, name: customerName }
  return { name, customer, deleteGuardPercent: guard, entities }
}

export interface Successor {
  id: string
  name: string
  status: ConnectionStatus
}

/** The last of those that followed a connection, each reconnected from the one before it; null: nobody has reconnected it. */
export async function lastSuccessor(db: Database, connectionId: string): Promise<Successor | null> {
  const { rows } = await db.pool.query<Successor>(
    `WITH RECURSIVE followed AS (
       SELECT id, name, 1 AS place FROM connection WHERE reconnected_from_id = $1
       UNION ALL
       SELECT c.id, c.name, f.place + 1 FROM followed f JOIN connection c ON c.reconnected_from_id = f.id
     )
     SELECT f.id, f.name, g.status FROM followed f JOIN connection_gate g ON g.connection_id = f.id
     ORDER BY f.place DESC LIMIT 1`,
    [connectionId],
  )
  return rows[0] ?? null
}
