import { describe, expect, it } from 'vitest'
import { ConfigurationInvalid } from '../../../src/connectors/errors.ts'
import { compileMapping } from '../../../src/connectors/mapping/compile.ts'
import { type FieldMapping, fieldMappingSchema } from '../../../src/connectors/mapping/field-mapping.ts'
import { entities } from '../../../src/model/entities.ts'

const map = (
  mapping: FieldMapping,
  source: Record<string, unknown>,
  entity: keyof typeof entities = 'PURCHASE_ORDER',
) => compileMapping(entities[entity], mapping).map(source)

const lines = {
  from: 'items',
  fields: { lineNumber: 'pos', quantity: { value: 'qty', uom: 'unit' }, unitPrice: 'price' },
}

describe('a mapping', () => {
  it('reads paths into the fields, in the order of the model', () => {
    const mapping = {
      currency: 'cur',
      vendorExternalId: 'Vendor/Id',
      number: 'No',
      lines,
      total: 'sum',
      status: 'state',
    }
    const items = [
      { pos: '10', qty: 1.5, unit: 'EA', price: '2.50' },
      { pos: 20, qty: null, price: null },
    ]
    const result = map(mapping, { No: 7, Vendor: { Id: 'V1' }, cur: 'EUR', sum: 10.5, state: 'Sent', items })
    expect(result).toEqual({
      fields: {
        number: '7',
        status: 'SENT',
        statusRaw: 'Sent',
        vendorExternalId: 'V1',
        currency: 'EUR',
        total: { amount: '10.5', currency: 'EUR' },
        lines: [
          { lineNumber: 10, quantity: { value: '1.5', uom: 'EA' }, unitPrice: { amount: '2.50', currency: 'EUR' } },
          { lineNumber: 20, quantity: null, unitPrice: null },
        ],
      },
    })
    expect(Object.keys('fields' in result ? result.fields : {})).toEqual([
      'number',
      'status',
      'statusRaw',
      'vendorExternalId',
      'currency',
      'total',
      'lines',
    ])
  })

  it('leaves absent what is absent and null what is null', () => {
    const mapping = {
      number: 'No',
      memo: 'memo',
      vendorExternalId: 'Vendor/Id',
      siteExternalId: 'Site/Id',
      total: 'sum',
      status: 's',
      lines,
    }
    expect(map(mapping, { memo: null, Vendor: null, Site: {}, s: null, items: null })).toEqual({
      fields: { status: null, statusRaw: null, vendorExternalId: null, memo: null, lines: null },
    })
  })

  it('takes a currency from where it is told to', () => {
    const own = { total: { amount: 'a', currency: 'c' }, tax: { amount: 'b' }, currency: 'cur' }
    expect(map(own, { a: 1, b: 2, c: 'USD', cur: 'EUR' })).toMatchObject({
      fields: { total: { amount: '1', currency: 'USD' }, tax: { amount: '2', currency: 'EUR' } },
    })
    expect(map({ standardCost: 'a' }, { a: 1 }, 'PART')).toEqual({
      fields: { standardCost: { amount: '1', currency: null } },
    })
  })

  it('translates words, and keeps them as they are', () => {
    const mapping = { status: { from: 's', values: { '05': 'APPROVED' } } }
    expect(map(mapping, { s: '05' })).toEqual({ fields: { status: 'APPROVED', statusRaw: '05' } })
    expect(map(mapping, { s: '99' })).toEqual({ fields: { status: null, statusRaw: '99' } })
    expect(map({ status: 's', statusRaw: 'text' }, { s: 'sent', text: 'Versendet' })).toEqual({
      fields: { status: 'SENT', statusRaw: 'Versendet' },
    })
  })

  it.each([
    [{ orderDate: 'd' }, { d: 'hunter2' }, 'orderDate: a text of another form is not a date'],
    [{ lines }, { items: [{}, { qty: { hunter2: 1 } }] }, 'lines[1].quantity: an object is not a decimal number'],
    [{ lines }, { items: ['hunter2'] }, 'lines[0]: is not an object'],
    [{ lines }, { items: 'hunter2' }, 'lines: a text of another form is not a list'],
    [{ revision: 'r' }, { r: 3_000_000_000 }, /^revision: Too big/],
    [{ total: { amount: 'a', currency: 'c' } }, { a: 1, c: 'hunter2' }, /^total\.currency: Too big/],
    [{ lines }, { items: [{ price: '1e30' }] }, /^lines\[0\]\.unitPrice\.amount: is not a decimal/],
    [{ status: 's' }, { s: ['hunter2'] }, 'status: a list is not a text'],
  ])('rejects what does not fit, without repeating it: %j', (mapping, source, reason) => {
    const result = map(mapping, source)
    expect(result).toEqual({ rejected: typeof reason === 'string' ? reason : expect.stringMatching(reason) })
    expect(JSON.stringify(result)).not.toContain('hunter2')
  })

  it('names every path that it reads, with its place in the config', () => {
    const { paths } = compileMapping(entities.PURCHASE_ORDER, {
      status: { from: 's' },
      total: { amount: 'a', currency: 'b/c' },
      lines,
    })
    expect(paths.map(({ at, path }) => `${at.join('.')}=${path}`).sort()).toEqual([
      'fields.lines.fields.lineNumber=items/pos',
      'fields.lines.fields.quantity.uom=items/unit',
      'fields.lines.fields.quantity.value=items/qty',
      'fields.lines.fields.unitPrice=items/price',
      'fields.lines.from=items',
      'fields.status=s',
      'fields.total.amount=a',
      'fields.total.currency=b/c',
    ])
  })
})

describe('a wrong mapping is refused with its place', () => {
  it.each([
    [{ nummer: 'No' }, ['fields', 'nummer']],
    [{ lines: { from: 'x', fields: { qty: 'x' } } }, ['fields', 'lines', 'fields', 'qty']],
    [{ lines: 'x' }, ['fields', 'lines']],
    [{ number: { from: 'x' } }, ['fields', 'number']],
    [{ total: { value: 'x' } }, ['fields', 'total']],
    [{ status: { from: 'x', values: { a: 'NOPE' } } }, ['fields', 'status', 'values', 'a']],
    [{}, ['fields']],
  ] as [FieldMapping, string[]][])('%j', (mapping, path) => {
    const compile = () => compileMapping(entities.PURCHASE_ORDER, mapping)
    expect(compile).toThrow(ConfigurationInvalid)
    expect(compile).toThrow(expect.objectContaining({ path }))
  })

  it.each([
    [{ nummer: 'No' }, []],
    [{ number: '' }, ['number']],
    [{ number: '/a' }, ['number']],
    [{ number: 'a//b' }, ['number']],
    [{ lines: { from: 'x', fields: { qty: 'x' } } }, ['lines', 'fields']],
    [{ lines: 'x' }, ['lines']],
    [{ status: { from: 'x', values: { a: 'NOPE' } } }, ['status']],
  ])('by the config schema: %j', (mapping, path) => {
    const result = fieldMappingSchema(entities.PURCHASE_ORDER.schema).safeParse(mapping)
    expect(result.error?.issues[0]?.path).toEqual(path)
  })
})
