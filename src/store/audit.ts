import type pg from 'pg'
import type { AuditAction } from './audit-action.ts'
import { newId } from './ids.ts'

export interface NewAuditEntry {
  environmentId: string | null
  /** "owner", the id of a key or token, or "nobody" where that was refused. */
  actor: string
  action: AuditAction
  target: string | null
  outcome: string
  ip: string | null
}

export async function insertAudit(client: pg.Pool | pg.ClientBase, entry: NewAuditEntry): Promise<void> {
  await client.query(
    `INSERT INTO audit_entry (id, environment_id, actor, action, target, outcome, ip) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [newId(), entry.environmentId, entry.actor, entry.action, entry.target, entry.outcome, entry.ip],
  )
}
