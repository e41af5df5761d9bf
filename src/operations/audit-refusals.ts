import type { Caller } from '../auth/caller.ts'
import type { Database } from '../store/database.ts'
import { audited } from './audited.ts'
import type { Operations } from './operations.ts'

type Named = { connectionId?: string; syncRunId?: string }
type Verb<I, R> = (caller: Caller, input: I) => Promise<R>

/** Every verb that changes something, or tries credentials, has its refused attempts in the audit log, as those about keys have. */
export function auditRefusals(db: Database, operations: Operations): Operations {
  const noted =
    <I extends object, R>(action: string, verb: Verb<I, R>): Verb<I, R> =>
    (caller, input) => {
      const { connectionId, syncRunId }: Named = input
      return audited(db, caller, { action, target: connectionId ?? syncRunId ?? null }, () => verb(caller, input))
    }
  return {
    ...operations,
    testConnection: noted('CONNECTION_TEST', operations.testConnection),
    createConnection: noted('CONNECTION_CREATE', operations.createConnection),
    updateConnection: noted('CONNECTION_UPDATE', operations.updateConnection),
    setSchedule: noted('SCHEDULE_SET', operations.setSchedule),
    pauseConnection: noted('CONNECTION_PAUSE', operations.pauseConnection),
    resumeConnection: noted('CONNECTION_RESUME', operations.resumeConnection),
    disconnectConnection: noted('CONNECTION_DISCONNECT', operations.disconnectConnection),
    reconnectConnection: noted('CONNECTION_RECONNECT', operations.reconnectConnection),
    deleteConnectionData: noted('CONNECTION_DATA_DELETE', operations.deleteConnectionData),
    startSync: noted('SYNC_START', operations.startSync),
    cancelSync: noted('SYNC_CANCEL', operations.cancelSync),
    confirmDeletes: noted('DELETES_CONFIRM', operations.confirmDeletes),
    dismissDeletes: noted('DELETES_DISMISS', operations.dismissDeletes),
  }
}
