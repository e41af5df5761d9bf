import { type Mapping, money, normalised } from './mapping.ts'

const states = new Map<unknown, string>([
  ['running', 'OPERATING'],
  ['stopped', 'DOWN'],
  ['reserve', 'STANDBY'],
  ['scrapped', 'RETIRED'],
])

const criticalities = new Map<unknown, string>([
  ['A', 'CRITICAL'],
  ['B', 'HIGH'],
  ['C', 'MED'],
  ['D', 'LOW'],
])

export const asset: Mapping = {
  collection: 'assets',
  key: 'asset_id',
  fields: (row) => ({
    number: row['asset_no'],
    name: row['label'],
    description: row['note'],
    assetTag: row['tag'],
    siteExternalId: row['plant'],
    locationExternalId: row['area'],
    parentExternalId: row['parent_key'],
    category: row['class'],
    criticality: normalised(row['crit'], criticalities),
    criticalityRaw: row['crit'],
    status: normalised(row['state'], states),
    statusRaw: row['state'],
    manufacturer: row['maker'],
    model: row['model'],
    serialNumber: row['serial'],
    vendorExternalId: row['supplier_key'],
    installedAt: row['commissioned_on'],
    warrantyExpiresAt: row['warranty_until'],
    purchaseCost: money(row['cost_new'], row['curr']),
    replacementCost: money(row['cost_replace'], row['curr']),
    isActive: row['in_use'],
    barcode: row['barcode'],
  }),
  customFields: (row) => ({ powerKw: row['power_kw'] }),
}
