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

export const overlapField = {
  type: 'Duration',
  defaultValue: 'PT0S',
  description:
    'For how long what it replaces works too, PT0S to P30D. In a rotation during an overlap the earlier end counts.',
} as const
