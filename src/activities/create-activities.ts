import type { Activities } from './activities.ts'
import { awaitReader } from './await-reader.ts'
import { beginRun } from './begin-run.ts'
import { cleanUpConnection } from './clean-up-connection.ts'
import { deleteConnectionData } from './delete-connection-data.ts'
import type { ActivityDeps } from './deps.ts'
import { finishEntity } from './finish-entity.ts'
import { finishRun } from './finish-run.ts'
import { pullEntity } from './pull-entity.ts'
import { triggerSync } from './trigger-sync.ts'

export function createActivities(deps: ActivityDeps): Activities {
  return {
    beginRun: beginRun(deps),
    pullEntity: pullEntity(deps),
    finishEntity: finishEntity(deps),
    awaitReader: awaitReader(deps),
    finishRun: finishRun(deps),
    cleanUpConnection: cleanUpConnection(deps),
    deleteConnectionData: deleteConnectionData(deps),
    triggerSync: triggerSync(deps),
  }
}
