import { ConflictError, NotFoundError, ValidationError } from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { CreditPool, creditScopes } from './credits.ts'
import { EnvironmentKind } from './enums.ts'
import { Environment } from './environment.ts'

const authScopes = { owner: true } as const

const CreateEnvironmentInput = builder.inputType('CreateEnvironmentInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 63 small letters, digits and dashes; unique, and final.' }),
    kind: t.field({ type: EnvironmentKind, required: true, description: 'Its keys and tokens carry it; final.' }),
    credits: t.int({ defaultValue: 100, description: 'The total of its credit pool.' }),
  }),
})

const CreateEnvironmentPayload = builder.objectRef<{ environmentId: string }>('CreateEnvironmentPayload').implement({
  fields: (t) => ({
    environment: t.prismaField({
      type: Environment,
      authScopes: { authenticated: true },
      resolve: (query, { environmentId }, _args, { prisma }) =>
        prisma.environment.findUniqueOrThrow({ ...query, where: { id: environmentId } }),
    }),
  }),
})

const SetCreditTotalInput = builder.inputType('SetCreditTotalInput', {
  fields: (t) => ({
    environment: t.string({ required: true, description: 'Name of the environment.' }),
    total: t.int({ required: true, description: 'Credits in all, those in use included.' }),
  }),
})

const SetCreditTotalPayload = builder.objectRef<{ environmentId: string }>('SetCreditTotalPayload').implement({
  fields: (t) => ({
    credits: t.field({
      type: CreditPool,
      authScopes: creditScopes,
      resolve: ({ environmentId }, _args, { prisma }) =>
        prisma.environment.findUniqueOrThrow({ where: { id: environmentId } }),
    }),
  }),
})

builder.mutationFields((t) => ({
  createEnvironment: t.field({
    type: CreateEnvironmentPayload,
    authScopes,
    description:
      'The owner alone. Makes an environment, with its own keys, connections, data and credits: name it in x-syncline-environment to work in it. ' +
      'CONFLICT when there is one of this name. Audited.',
    errors: { types: [ValidationError, ConflictError] },
    args: { input: t.arg({ type: CreateEnvironmentInput, required: true }) },
    resolve: (_root, { input: { name, kind, credits } }, { environments, session }) =>
      environments.createEnvironment(session.caller, { name, kind, credits: credits ?? null }),
  }),
  setCreditTotal: t.field({
    type: SetCreditTotalPayload,
    authScopes,
    description:
      'The owner alone. Sets the total of any environment; the ledger tells the difference. CONFLICT below what is used. Audited.',
    errors: { types: [ValidationError, NotFoundError, ConflictError] },
    args: { input: t.arg({ type: SetCreditTotalInput, required: true }) },
    resolve: (_root, { input }, { environments, session }) => environments.setCreditTotal(session.caller, input),
  }),
}))
