import type pg from 'pg'
import type { EntityType } from '../model/entity-type.ts'
import type { NewSecret } from './api-key.ts'
import { insertConnectionToken } from './connection-token.ts'
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
  token: NewSecret
}

/** The credit pool first, then the rows. Throws CreditsExhausted; answers nothing: the ids are the caller's. */
export async function insertConnection(client: pg.ClientBase, connection: NewConnection): Promise<void> {
  await takeCredits(client, connection.environmentId, connection.creditCost, connection.id)
  const inserted = await client.query<{ key: number }>(
    `INSERT INTO connection (id, environment_id, name, system, customer_external_id, customer_name, config, credentials_ref, history_days, credit_cost)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING key`,
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
    ],
  )
  await client.query(`INSERT INTO connection_gate (connection_id, status) VALUES ($1, 'ACTIVE')`, [connection.id])
  await client.query(
    `INSERT INTO entity_state (id, connection_id, connection_key, entity, schedule)
     SELECT gen_random_uuid(), $1, $2, e::"EntityType", $4::jsonb FROM unnest($3::text[]) AS e`,
    [
      connection.id,
      inserted.rows[0]?.key,
      connection.entities,
      connection.schedule === null ? null : JSON.stringify(connection.schedule),
    ],
  )
  await insertConnectionToken(client, connection.id, connection.token)
  await appendEvents(client, connection.id, [{ type: 'CONNECTION_CREATED' }])
}
