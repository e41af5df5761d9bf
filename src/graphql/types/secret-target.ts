import { builder } from '../builder.ts'

export const SecretTargetInput = builder.inputType('SecretTargetInput', {
  description: 'Where to write a token, so that nobody has to handle it.',
  fields: (t) => ({
    store: t.string({ required: true, description: '"vault", "aws" or "azure".' }),
    name: t.string({
      required: true,
      description: 'The path there; it must lie under a prefix that the operator allows.',
    }),
  }),
})
