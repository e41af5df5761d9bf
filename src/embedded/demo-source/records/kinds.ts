import type { SyncedEntity } from '../../../model/entities.ts'
import { asset } from './asset.ts'
import { part } from './part.ts'
import { purchaseOrder } from './purchase-order.ts'
import type { RecordKind } from './record-kind.ts'
import { vendor } from './vendor.ts'
import { workOrder } from './work-order.ts'

export const kinds: Readonly<Record<SyncedEntity, RecordKind>> = {
  VENDOR: vendor,
  PART: part,
  ASSET: asset,
  WORK_ORDER: workOrder,
  PURCHASE_ORDER: purchaseOrder,
}
