import type { AuditAction } from '../store/audit-action.ts'

/** What a mutation is called in the audit log. */
export const auditActions: Readonly<Record<string, AuditAction>> = {
  testConnection: 'CONNECTION_TEST',
  createConnection: 'CONNECTION_CREATE',
  updateConnection: 'CONNECTION_UPDATE',
  setSchedule: 'SCHEDULE_SET',
  pauseConnection: 'CONNECTION_PAUSE',
  resumeConnection: 'CONNECTION_RESUME',
  disconnectConnection: 'CONNECTION_DISCONNECT',
  reconnectConnection: 'CONNECTION_RECONNECT',
  deleteConnectionData: 'CONNECTION_DATA_DELETE',
  startSync: 'SYNC_START',
  cancelSync: 'SYNC_CANCEL',
  confirmDeletes: 'DELETES_CONFIRM',
  dismissDeletes: 'DELETES_DISMISS',
  rotateConnectionToken: 'CONNECTION_TOKEN_ROTATE',
  revokeConnectionToken: 'CONNECTION_TOKEN_REVOKE',
  setTokenRotation: 'TOKEN_ROTATION_SET',
  createApiKey: 'API_KEY_CREATE',
  rotateApiKey: 'API_KEY_ROTATE',
  revokeApiKey: 'API_KEY_REVOKE',
  createEnvironment: 'ENVIRONMENT_CREATE',
  setCreditTotal: 'CREDIT_TOTAL_SET',
}
