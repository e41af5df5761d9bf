/** Every entity of the unified model, with the number that stands for it in record rows. Numbers are never reused. */
export const entityCodes = {
  SITE: 1,
  LOCATION: 2,
  ASSET: 3,
  METER: 4,
  PART: 5,
  INVENTORY_BALANCE: 6,
  VENDOR: 7,
  WORK_ORDER: 8,
  SERVICE_REQUEST: 9,
  PREVENTIVE_MAINTENANCE: 10,
  PURCHASE_REQUISITION: 11,
  PURCHASE_ORDER: 12,
  RECEIPT: 13,
  INVOICE: 14,
} as const

export type EntityType = keyof typeof entityCodes
