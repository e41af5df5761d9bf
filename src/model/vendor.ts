import { z } from 'zod'
import { defineEntity } from './entity.ts'
import { boolean, enumeration, list, text } from './field.ts'

const address = z.object({
  type: text('What the address is for, e.g. billing.'),
  line1: text('Street and house number.'),
  line2: text('What goes below the street.'),
  city: text('City.'),
  region: text('State, province or county.'),
  postalCode: text('Postal code.'),
  country: text('ISO 3166 code where the source has it, else its own text.'),
})

const contact = z.object({
  name: text('Name of the person.'),
  role: text('What the person does there.'),
  email: text('E-mail address.'),
  phone: text('Telephone number.'),
})

export const vendor = defineEntity({
  type: 'VENDOR',
  typeName: 'Vendor',
  listName: 'vendors',
  description: 'A company that goods or services are bought from.',
  kind: 'master',
  displayName: ['name', 'number'],
  schema: z.object({
    number: text('The number people know the vendor by.'),
    name: text('Name in use.'),
    legalName: text('Registered name.'),
    taxId: text('VAT or other tax number.'),
    email: text('General e-mail address.'),
    phone: text('General telephone number.'),
    website: text('Web site.'),
    ...enumeration('status', 'VendorStatus', ['ACTIVE', 'INACTIVE', 'BLOCKED'], 'Whether it may be bought from.'),
    currency: text('ISO 4217 code of the currency it invoices in.'),
    paymentTerms: text('Terms of payment, as the source words them.'),
    addresses: list('VendorAddress', address, 'Postal addresses.'),
    contacts: list('VendorContact', contact, 'People to talk to.'),
    isManufacturer: boolean('Whether it makes what it sells.'),
  }),
})
