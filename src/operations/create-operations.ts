import { cancelSync } from './cancel-sync.ts'
import { createConnection } from './create-connection.ts'
import { confirmDeletes, dismissDeletes } from './decide-deletes.ts'
import type { OperationDeps } from './deps.ts'
import { disconnectConnection } from './disconnect-connection.ts'
import type { Operations } from './operations.ts'
import { startSync } from './start-sync.ts'
import { testConnection } from './test-connection.ts'

export function createOperations(deps: OperationDeps): Operations {
  return {
    testConnection: testConnection(deps),
    createConnection: createConnection(deps),
    disconnectConnection: disconnectConnection(deps),
    startSync: startSync(deps),
    cancelSync: cancelSync(deps),
    confirmDeletes: confirmDeletes(deps),
    dismissDeletes: dismissDeletes(deps),
  }
}
