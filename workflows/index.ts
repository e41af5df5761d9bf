export { cleanUpConnection } from './clean-up-connection.ts'
export { syncEntity } from './sync-entity.ts'
export { syncRun } from './sync-run.ts'
export { triggerSync } from './trigger-sync.ts'
