import type { Scope } from '../generated/documents.ts'

/** What a scope lets its holder do. */
export const scopeWords: Record<Scope, string> = {
  CONNECTIONS_READ: 'See connections and their state',
  CONNECTIONS_WRITE: 'Connect, change, pause and disconnect',
  SYNCS_READ: 'Watch syncs',
  SYNCS_WRITE: 'Start and cancel syncs, decide held deletions',
  RECORDS_READ: 'Read records',
  RECORDS_RAW_READ: 'Read payloads as the source sent them',
  RECORDS_DELETE: 'Delete the data of a disconnected connection',
  KEYS_MANAGE: 'Make, rotate and revoke keys',
  AUDIT_READ: 'Read the audit log',
}
