import { list, type Mapping, normalised } from './mapping.ts'

const states = new Map<unknown, string>([
  ['active', 'ACTIVE'],
  ['dormant', 'INACTIVE'],
  ['stopped', 'BLOCKED'],
])

export const vendor: Mapping = {
  collection: 'vendors',
  key: 'supplier_id',
  fields: (row) => ({
    number: row['supplier_no'],
    name: row['name'],
    legalName: row['registered_name'],
    taxId: row['vat_no'],
    email: row['mail'],
    phone: row['tel'],
    website: row['web'],
    status: normalised(row['state'], states),
    statusRaw: row['state'],
    currency: row['curr'],
    paymentTerms: row['terms'],
    addresses: list(row['sites'], (site) => ({
      type: site['use'],
      line1: site['street'],
      line2: site['extra'],
      city: site['city'],
      region: site['region'],
      postalCode: site['zip'],
      country: site['country'],
    })),
    contacts: list(row['people'], (person) => ({
      name: person['name'],
      role: person['role'],
      email: person['mail'],
      phone: person['tel'],
    })),
    isManufacturer: row['makes'],
  }),
  customFields: (row) => ({ trade: row['trade'], rating: row['rating'] }),
}
