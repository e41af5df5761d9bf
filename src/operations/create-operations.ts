import { noted } from './audited.ts'
import { cancelSync } from './cancel-sync.ts'
import { createConnection } from './create-connection.ts'
import { confirmDeletes, dismissDeletes } from './decide-deletes.ts'
import { deleteConnectionData } from './delete-connection-data.ts'
import type { OperationDeps } from './deps.ts'
import { disconnectConnection } from './disconnect-connection.ts'
import { nextRuns } from './next-runs.ts'
import type { Operations } from './operations.ts'
import { pauseConnection, resumeConnection } from './pause-connection.ts'
import { reconnectConnection } from './reconnect-connection.ts'
import { setSchedule } from './set-schedule.ts'
import { startSync } from './start-sync.ts'
import { testConnection } from './test-connection.ts'
import { updateConnection } from './update-connection.ts'
import { waitingFor } from './waiting-for.ts'

/** What is refused is in the audit log; what succeeds notes itself there, in the transaction that does it. */
export function createOperations(deps: OperationDeps): Operations {
  const { db } = deps
  return {
    testConnection: noted(db, 'CONNECTION_TEST', testConnection(deps)),
    createConnection: noted(db, 'CONNECTION_CREATE', createConnection(deps)),
    reconnectConnection: noted(db, 'CONNECTION_RECONNECT', reconnectConnection(deps)),
    disconnectConnection: noted(db, 'CONNECTION_DISCONNECT', disconnectConnection(deps)),
    deleteConnectionData: noted(db, 'CONNECTION_DATA_DELETE', deleteConnectionData(deps)),
    updateConnection: noted(db, 'CONNECTION_UPDATE', updateConnection(deps)),
    setSchedule: noted(db, 'SCHEDULE_SET', setSchedule(deps)),
    pauseConnection: noted(db, 'CONNECTION_PAUSE', pauseConnection(deps)),
    resumeConnection: noted(db, 'CONNECTION_RESUME', resumeConnection(deps)),
    nextRuns: (schedules) => nextRuns(deps, schedules),
    waitingFor: (run) => waitingFor(deps, run),
    startSync: noted(db, 'SYNC_START', startSync(deps)),
    cancelSync: noted(db, 'SYNC_CANCEL', cancelSync(deps)),
    confirmDeletes: noted(db, 'DELETES_CONFIRM', confirmDeletes(deps)),
    dismissDeletes: noted(db, 'DELETES_DISMISS', dismissDeletes(deps)),
  }
}
