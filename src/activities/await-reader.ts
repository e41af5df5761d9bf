import type { EntityType } from '../model/entity-type.ts'
import type { ActivityDeps } from './deps.ts'

/** Waits until the entity's reader has closed: a worker that died left it open after its entity run had ended. Safe to retry. */
export const awaitReader =
  ({ temporal }: Pick<ActivityDeps, 'temporal'>) =>
  ({ connectionId, entity }: { connectionId: string; entity: EntityType }): Promise<void> =>
    temporal.readerClosed(connectionId, entity)
