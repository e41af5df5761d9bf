import { auditRefusals } from './audit-refusals.ts'
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

export function createOperations(deps: OperationDeps): Operations {
  return auditRefusals(deps.db, {
    testConnection: testConnection(deps),
    createConnection: createConnection(deps),
    reconnectConnection: reconnectConnection(deps),
    disconnectConnection: disconnectConnection(deps),
    deleteConnectionData: deleteConnectionData(deps),
    updateConnection: updateConnection(deps),
    setSchedule: setSchedule(deps),
    pauseConnection: pauseConnection(deps),
    resumeConnection: resumeConnection(deps),
    nextRuns: (schedules) => nextRuns(deps, schedules),
    waitingFor: (run) => waitingFor(deps, run),
    startSync: startSync(deps),
    cancelSync: cancelSync(deps),
    confirmDeletes: confirmDeletes(deps),
    dismissDeletes: dismissDeletes(deps),
  })
}
