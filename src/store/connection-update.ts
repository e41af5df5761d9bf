import type pg from 'pg'

export interface ConnectionChanges {
  name?: string
  customer?: { externalId: string; name: string | null }
  config?: unknown
  credentialsRef?: string
  historyDays?: number
  deleteGuardPercent?: number
}

/** What an update replaced. */
export interface Replaced {
  config: unknown
  credentialsRef: string | null
  historyDays: number
}

/** Changes what is given; what is absent stays. Call under the gate's lock. */
export async function changeConnection(
  client: pg.ClientBase,
  connectionId: string,
  changes: ConnectionChanges,
): Promise<Replaced> {
  const { name, customer, config, credentialsRef, historyDays, deleteGuardPercent } = changes
  const { rows } = await client.query<Replaced>(
    `UPDATE connection c SET
       name = COALESCE($2, c.name),
       customer_external_id = COALESCE($3, c.customer_external_id),
       customer_name = CASE WHEN $3::text IS NULL THEN c.customer_name ELSE $4 END,
       config = COALESCE($5::jsonb, c.config),
       credentials_ref = COALESCE($6, c.credentials_ref),
       history_days = COALESCE($7, c.history_days),
       delete_guard_percent = COALESCE($8, c.delete_guard_percent)
     FROM (SELECT id, config, credentials_ref, history_days FROM connection WHERE id = $1 FOR NO KEY UPDATE) AS old
     WHERE c.id = old.id
     RETURNING old.config, old.credentials_ref AS "credentialsRef", old.history_days AS "historyDays"`,
    [
      connectionId,
      name ?? null,
      customer?.externalId ?? null,
      customer?.name ?? null,
      config === undefined ? null : JSON.stringify(config),
      credentialsRef ?? null,
      historyDays ?? null,
      deleteGuardPercent ?? null,
    ],
  )
  const row = rows[0]
  if (!row) throw new Error(`connection ${connectionId} does not exist`)
  return row
}
