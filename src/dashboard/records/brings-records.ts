import type { SyncEvent } from '../api/follow.ts'
import type { EntityType } from '../generated/documents.ts'

/** Whether records of the entity may be others from now on. */
export const bringsRecords = (event: SyncEvent, connectionId: string, entity: EntityType) =>
  event.connectionId === connectionId &&
  event.entity === entity &&
  (event.type === 'ENTITY_FINISHED' || event.type === 'DELETES_CONFIRMED')
