import { inSentenceCase } from '../ui/words.ts'

/** What the log can tell. */
export const auditActions = [
  'CONNECTION_CREATE',
  'CONNECTION_UPDATE',
  'CONNECTION_TEST',
  'CONNECTION_PAUSE',
  'CONNECTION_RESUME',
  'CONNECTION_DISCONNECT',
  'CONNECTION_RECONNECT',
  'CONNECTION_DATA_DELETE',
  'CONNECTION_TOKEN_ROTATE',
  'CONNECTION_TOKEN_REVOKE',
  'CONNECTION_TOKEN_DELIVER',
  'TOKEN_ROTATION_SET',
  'TOKEN_REVOKE_BY_HOLDER',
  'SCHEDULE_SET',
  'SYNC_START',
  'SYNC_CANCEL',
  'DELETES_CONFIRM',
  'DELETES_DISMISS',
  'API_KEY_CREATE',
  'API_KEY_ROTATE',
  'API_KEY_REVOKE',
  'API_KEY_DELIVER',
  'SESSION_OPEN',
  'SESSION_END',
  'SESSION_END_ALL',
  'AUTHENTICATE',
  'ENVIRONMENT_CREATE',
  'CREDIT_TOTAL_SET',
  'OWNER_KEY_REPLACED',
] as const

/** "API_KEY_ROTATE" as people read it: "API key rotate". */
export const actionWords = (action: string) => inSentenceCase(action).replace(/^Api /, 'API ')
