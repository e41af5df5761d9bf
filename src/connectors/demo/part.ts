import { list, type Mapping, money, normalised } from './mapping.ts'

const kinds = new Map<unknown, string>([
  ['stocked', 'STOCK'],
  ['direct', 'NONSTOCK'],
  ['service', 'SERVICE'],
  ['tool', 'TOOL'],
])

export const part: Mapping = {
  collection: 'parts',
  key: 'item_id',
  fields: (row) => ({
    number: row['item_no'],
    name: row['label'],
    description: row['note'],
    category: row['family'],
    uom: row['unit'],
    manufacturer: row['maker'],
    mpn: row['maker_part_no'],
    type: normalised(row['kind'], kinds),
    typeRaw: row['kind'],
    standardCost: money(row['std_cost'], row['curr']),
    isActive: typeof row['blocked'] === 'boolean' ? !row['blocked'] : row['blocked'],
    barcode: row['ean'],
    vendors: list(row['sources'], (source) => ({
      vendorExternalId: source['supplier_key'],
      vendorPartNumber: source['supplier_item_no'],
      price: money(source['price'], source['curr']),
      leadDays: source['lead_days'],
    })),
  }),
  customFields: (row) => ({ shelf: row['shelf'] }),
}
