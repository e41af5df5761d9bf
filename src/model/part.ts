import { z } from 'zod'
import { defineEntity } from './entity.ts'
import { boolean, enumeration, integer, list, moneyField, reference, text } from './field.ts'

const partVendor = z.object({
  ...reference('vendor', 'VENDOR', 'Who sells it.'),
  vendorPartNumber: text("The vendor's own number of the part."),
  price: moneyField('Price of one unit.'),
  leadDays: integer('Days from order to delivery.'),
})

export const part = defineEntity({
  type: 'PART',
  typeName: 'Part',
  listName: 'parts',
  description: 'An item that is stocked, bought or used up: spare part, material, tool or service.',
  kind: 'master',
  displayName: ['name', 'number'],
  schema: z.object({
    number: text('Item number.'),
    name: text('Short name.'),
    description: text('Long text.'),
    category: text('Group of items, as the source names it.'),
    uom: text('Unit of measure it is counted in.'),
    manufacturer: text('Who makes it.'),
    mpn: text("The manufacturer's part number."),
    ...enumeration('type', 'PartType', ['STOCK', 'NONSTOCK', 'SERVICE', 'TOOL'], 'How it is handled.'),
    standardCost: moneyField('Standard cost of one unit.'),
    isActive: boolean('Whether it may still be used.'),
    barcode: text('Bar code.'),
    vendors: list('PartVendor', partVendor, 'Who sells it, and for what.'),
  }),
})
