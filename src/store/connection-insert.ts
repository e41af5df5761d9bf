import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { NewSecret } from './api-key.ts'
import { insertConnectionToken } from './connection-token.ts'
import { changeConnection } from './connection-update.ts'
import { takeCredits } from './credit-pool.ts'
import { appendEvents } from './event-append.ts'

export interface NewConnection {
  id: string
  environmentId: string
  name: string
  system: string
  customer: { externalId: string; name: string | null } | null
  config: unknown
  credentialsRef: string
  historyDays: number
  creditCost: number
  entities: readonly EntityType[]
  schedule: unknown
  /** Of those entities that have another. */
  schedules?: ReadonlyMap<EntityType, unknown>
  /** Absent: the default. */
  deleteGuardPercent?: number
  /** The disconnected connection that this one follows; it is followed by one only. */
  reconnectedFrom?: string
  token: NewSecret
}

/** The credit pool first, then the rows. Throws CreditsExhausted; answers nothing: the ids are the caller's. */
export async function insertConnection(client: pg.ClientBase, connection: NewConnection): Promise<void> {
  await takeCredits(client, connection.environmentId, connection.creditCost, connection.id)
  const inserted = await client.query<{ key: number }>(
    `INSERT INTO connection (id, environment_id, name, system, customer_external_id, customer_name, config, credentials_ref, history_days, credit_cost, reconnected_from_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING key`,
    [
      connection.id,
      connection.environmentId,
      connection.name,
      connection.system,
      connection.customer?.externalId ?? null,
      connection.customer?.name ?? null,
      JSON.stringify(connection.config),
      connection.credentialsRef,
      connection.historyDays,
      connection.creditCost,
      connection.reconnectedFrom ?? null,
    ],
  )
  await client.query(`INSERT INTO connection_gate (connection_id, status) VALUES ($1, 'ACTIVE')`, [connection.id])
  await client.query(
    `INSERT INTO entity_state (id, connection_id, connection_key, entity, schedule)
     SELECT gen_random_uuid(), $1, $2, e.entity::"EntityType", e.schedule::jsonb FROM unnest($3::text[], $4::text[]) AS e(entity, schedule)`,
    [
      connection.id,
      inserted.rows[0]?.key,
      connection.entities,
      connection.entities.map((entity) => {
        const schedule = connection.schedules?.has(entity) ? connection.schedules.get(entity) : connection.schedule
        return schedule === null ? null : JSON.stringify(schedule)
      }),
    ],
  )
  if (connection.deleteGuardPercent !== undefined) {
    const { deleteGuardPercent } = connection
    await changeConnection(client, connection.id, { deleteGuardPercent })
  }
  await insertConnectionToken(client, connection.id, connection.token)
  await appendEvents(client, connection.id, [{ type: 'CONNECTION_CREATED' }])
}
