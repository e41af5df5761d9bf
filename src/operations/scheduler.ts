import type { Caller } from '../auth/caller.ts'

/** Whom runs, idempotency keys and the audit log name where nobody has asked but a schedule. */
export const schedulerOf = (environmentId: string): Caller => ({
  kind: 'OWNER',
  id: 'schedule',
  environmentId,
  scopes: new Set(),
  connectionId: null,
  ip: null,
})
