import { z } from 'zod'
import { defineEntity } from './entity.ts'
import { boolean, date, enumeration, moneyField, reference, text } from './field.ts'

export const asset = defineEntity({
  type: 'ASSET',
  typeName: 'Asset',
  listName: 'assets',
  description: 'A machine, building or other thing that is maintained.',
  kind: 'master',
  displayName: ['name', 'number', 'assetTag'],
  schema: z.object({
    number: text('Asset number.'),
    name: text('Short name.'),
    description: text('Long text.'),
    assetTag: text('What is written on the tag.'),
    ...reference('site', 'SITE', 'The plant or site it belongs to.'),
    ...reference('location', 'LOCATION', 'Where it stands.'),
    ...reference('parent', 'ASSET', 'The asset it is part of.'),
    category: text('Class of assets, as the source names it.'),
    ...enumeration(
      'criticality',
      'AssetCriticality',
      ['LOW', 'MED', 'HIGH', 'CRITICAL'],
      'What its failure would mean.',
    ),
    ...enumeration('status', 'AssetStatus', ['OPERATING', 'DOWN', 'STANDBY', 'RETIRED'], 'Its state of operation.'),
    manufacturer: text('Who made it.'),
    model: text("The manufacturer's model."),
    serialNumber: text('Serial number.'),
    ...reference('vendor', 'VENDOR', 'Who sold it.'),
    installedAt: date('Day it was installed.'),
    warrantyExpiresAt: date('Last day of the warranty.'),
    purchaseCost: moneyField('What it cost.'),
    replacementCost: moneyField('What a new one would cost.'),
    isActive: boolean('Whether it is still in use.'),
    barcode: text('Bar code.'),
  }),
})
