import type { Caller } from '../auth/caller.ts'
import { insertAudit } from '../store/audit.ts'
import { auditEntry } from './audited.ts'
import { parseSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import type { TestConnectionInput } from './operations.ts'
import { checkSource } from './source-check.ts'

/** What the source can serve with these credentials. Stores nothing but that it was asked. */
export const testConnection = (deps: OperationDeps) => async (caller: Caller, input: TestConnectionInput) => {
  const entities = await checkSource(deps, parseSystem(deps.connectors, input))
  await insertAudit(deps.db.pool, auditEntry(caller, { action: 'CONNECTION_TEST', target: null }))
  return { entities }
}
