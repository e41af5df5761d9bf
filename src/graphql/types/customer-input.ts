import { builder } from '../builder.ts'

export const CustomerInput = builder.inputType('CustomerInput', {
  fields: (t) => ({ externalId: t.string({ required: true }), name: t.string() }),
})
