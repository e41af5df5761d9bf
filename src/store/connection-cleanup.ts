import type { Database } from './database.ts'

/** What the workflow that follows a disconnect has to stop and destroy. */
export interface Remains {
  credentialsRef: string | null
  workflowIds: string[]
}

export async function findRemains(db: Database, connectionId: string): Promise<Remains | null> {
  const connection = await db.pool.query<{ credentials_ref: string | null }>(
    'SELECT credentials_ref FROM connection WHERE id = $1 AND disconnected_at IS NOT NULL AND cleaned_up_at IS NULL',
    [connectionId],
  )
  const row = connection.rows[0]
  if (!row) return null
  // a run that was ended before the disconnect has no workflow left; those around it may
  const runs = await db.pool.query<{ workflow_id: string }>(
    `SELECT r.workflow_id FROM sync_run r JOIN connection c ON c.id = r.connection_id
     WHERE r.connection_id = $1 AND r.status = 'CANCELED' AND r.finished_at >= c.disconnected_at - interval '1 minute'`,
    [connectionId],
  )
  return { credentialsRef: row.credentials_ref, workflowIds: runs.rows.map((run) => run.workflow_id) }
}

export async function markCleanedUp(db: Database, connectionId: string): Promise<void> {
  await db.pool.query('UPDATE connection SET cleaned_up_at = now(), credentials_ref = NULL WHERE id = $1', [
    connectionId,
  ])
  for (const table of ['seen_batch', 'missing_batch'])
    await db.pool.query(
      `DELETE FROM ${table} WHERE entity_run_id IN (SELECT id FROM entity_run WHERE connection_id = $1)`,
      [connectionId],
    )
  for (const table of ['source_lease', 'source_budget'])
    await db.pool.query(`DELETE FROM ${table} WHERE connection_id = $1`, [connectionId])
}
