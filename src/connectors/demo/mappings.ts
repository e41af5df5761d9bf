import type { SyncedEntity } from '../../model/entities.ts'
import { asset } from './asset.ts'
import type { Mapping } from './mapping.ts'
import { part } from './part.ts'
import { purchaseOrder } from './purchase-order.ts'
import { vendor } from './vendor.ts'
import { workOrder } from './work-order.ts'

export const mappings: Readonly<Record<SyncedEntity, Mapping>> = {
  VENDOR: vendor,
  PART: part,
  ASSET: asset,
  WORK_ORDER: workOrder,
  PURCHASE_ORDER: purchaseOrder,
}
