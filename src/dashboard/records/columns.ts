import type {
  AssetStatus,
  EntityType,
  PurchaseOrderStatus,
  RecordRowFragment,
  VendorStatus,
  WorkOrderStatus,
} from '../generated/documents.ts'
import { inSentenceCase } from '../ui/words.ts'

export interface Column {
  label: string
  value: (record: RecordRowFragment) => string | null
  right?: boolean
  width?: string
}

const words = (value: string | null | undefined) => (value == null ? null : inSentenceCase(value))
const money = (value: { amount: string; currency: string | null } | null | undefined) =>
  value == null ? null : `${value.amount} ${value.currency ?? ''}`.trim()

/** Of what has a name beside its number. */
const name: Column = { label: 'Name', value: (it) => it.displayName, width: '22%' }

const columns: Record<RecordRowFragment['__typename'], readonly Column[]> = {
  PurchaseOrder: [
    { label: 'Status', value: (it) => (it.__typename === 'PurchaseOrder' ? words(it.orderStatus) : null) },
    { label: 'Vendor', value: (it) => (it.__typename === 'PurchaseOrder' ? (it.vendor?.displayName ?? null) : null) },
    { label: 'Total', value: (it) => (it.__typename === 'PurchaseOrder' ? money(it.total) : null), right: true },
  ],
  WorkOrder: [
    name,
    { label: 'Status', value: (it) => (it.__typename === 'WorkOrder' ? words(it.workStatus) : null) },
    { label: 'Priority', value: (it) => (it.__typename === 'WorkOrder' ? words(it.priority) : null) },
    { label: 'Asset', value: (it) => (it.__typename === 'WorkOrder' ? (it.asset?.displayName ?? null) : null) },
  ],
  Asset: [
    name,
    { label: 'Status', value: (it) => (it.__typename === 'Asset' ? words(it.assetStatus) : null) },
    { label: 'Criticality', value: (it) => (it.__typename === 'Asset' ? words(it.criticality) : null) },
    { label: 'Manufacturer', value: (it) => (it.__typename === 'Asset' ? it.manufacturer : null) },
  ],
  Vendor: [
    name,
    { label: 'Status', value: (it) => (it.__typename === 'Vendor' ? words(it.vendorStatus) : null) },
    { label: 'Currency', value: (it) => (it.__typename === 'Vendor' ? it.currency : null) },
    { label: 'Payment terms', value: (it) => (it.__typename === 'Vendor' ? it.paymentTerms : null) },
  ],
  Part: [
    name,
    { label: 'Type', value: (it) => (it.__typename === 'Part' ? words(it.type) : null) },
    { label: 'Unit', value: (it) => (it.__typename === 'Part' ? it.uom : null) },
    { label: 'Standard cost', value: (it) => (it.__typename === 'Part' ? money(it.standardCost) : null), right: true },
  ],
}

export const columnsOf = (record: RecordRowFragment | undefined): readonly Column[] =>
  record ? columns[record.__typename] : []

const orderStatuses: readonly PurchaseOrderStatus[] = [
  'DRAFT',
  'SUBMITTED',
  'APPROVED',
  'SENT',
  'PARTIALLY_RECEIVED',
  'RECEIVED',
  'BILLED',
  'CLOSED',
  'CANCELED',
]
const workStatuses: readonly WorkOrderStatus[] = [
  'REQUESTED',
  'APPROVED',
  'SCHEDULED',
  'IN_PROGRESS',
  'ON_HOLD',
  'COMPLETED',
  'CLOSED',
  'CANCELED',
]
const assetStatuses: readonly AssetStatus[] = ['OPERATING', 'STANDBY', 'DOWN', 'RETIRED']
const vendorStatuses: readonly VendorStatus[] = ['ACTIVE', 'BLOCKED', 'INACTIVE']

/** What records of an entity can be narrowed to; none where they have no status. */
export const statusesOf: Partial<Record<EntityType, readonly string[]>> = {
  PURCHASE_ORDER: orderStatuses,
  WORK_ORDER: workStatuses,
  ASSET: assetStatuses,
  VENDOR: vendorStatuses,
}
