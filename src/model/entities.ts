import { asset } from './asset.ts'
import type { EntityDefinition } from './entity.ts'
import type { EntityType } from './entity-type.ts'
import { part } from './part.ts'
import { purchaseOrder } from './purchase-order.ts'
import { vendor } from './vendor.ts'
import { workOrder } from './work-order.ts'

/** The entities that can be synced now, in the order in which references resolve best. */
export const entities = {
  VENDOR: vendor,
  PART: part,
  ASSET: asset,
  WORK_ORDER: workOrder,
  PURCHASE_ORDER: purchaseOrder,
} as const

export type SyncedEntity = keyof typeof entities

export const syncedEntities = Object.keys(entities) as SyncedEntity[] // Object.keys forgets the key type

export function entityDefinition(entity: EntityType): EntityDefinition | undefined {
  const defined: Partial<Record<EntityType, EntityDefinition>> = entities
  return defined[entity]
}
