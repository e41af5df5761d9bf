import type { SyncEvent } from '../api/follow.ts'
import type { EntityType, SyncEventType } from '../generated/documents.ts'

const types: ReadonlySet<SyncEventType> = new Set(['ENTITY_FINISHED', 'DELETES_CONFIRMED', 'CONNECTION_DATA_DELETED'])

/** Whether records of the connection may be others from now on; of one entity, where it is named. An event without one concerns them all. */
export const bringsRecords = (event: SyncEvent, connectionId: string, entity: EntityType | null = null) =>
  event.connectionId === connectionId &&
  (entity === null || event.entity === null || event.entity === entity) &&
  types.has(event.type)
