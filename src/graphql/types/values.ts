import { builder } from '../builder.ts'

export const Money = builder.objectRef<{ amount: string; currency: string | null }>('Money').implement({
  description: 'An exact amount.',
  fields: (t) => ({
    amount: t.expose('amount', { type: 'Decimal' }),
    currency: t.exposeString('currency', { nullable: true, description: 'ISO 4217 code, where the source tells it.' }),
  }),
})

export const Quantity = builder.objectRef<{ value: string; uom: string | null }>('Quantity').implement({
  description: 'An exact quantity.',
  fields: (t) => ({
    value: t.expose('value', { type: 'Decimal' }),
    uom: t.exposeString('uom', { nullable: true, description: "The source's unit of measure." }),
  }),
})
