import type { Prisma } from '../../generated/prisma/client.ts'
import { NotFoundError, ValidationError } from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { edgeQuery } from '../edge-query.ts'
import { idEdge, idRange, idWindow, inListOrder } from '../id-page.ts'
import { storeId } from '../node-id.ts'
import { pageType } from '../page-type.ts'
import { toPage } from '../paging.ts'
import { Scope, TokenDelivery } from './enums.ts'
import { forwardArguments } from './page-arguments.ts'
import { apiKeyField } from './payload-fields.ts'
import { SecretTargetInput } from './secret-target.ts'

const authScopes = { scope: 'KEYS_MANAGE' } as const

export const ApiKey = builder.prismaNode('ApiKey', {
  id: { field: 'id' },
  description: 'A key of one environment. The key itself is shown once, when it is made.',
  fields: (t) => ({
    name: t.exposeString('name'),
    prefix: t.exposeString('prefix'),
    lastFour: t.exposeString('lastFour'),
    environment: t.relation('environment', { authScopes: { authenticated: true } }),
    scopes: t.expose('scopes', { type: [Scope] }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'To the minute.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ApiKeyPage = pageType('ApiKey', ApiKey)

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyPage,
    authScopes,
    description: "The keys of the caller's environment, newest first, revoked ones included.",
    args: forwardArguments(t.arg),
    complexity: pageComplexity,
    resolve: async (_root, args, context, info) => {
      const { prisma, session } = context
      const window = idWindow(args)
      const range = idRange(window)
      const where: Prisma.ApiKeyWhereInput = { environmentId: session.caller.environmentId }
      const rows = await prisma.apiKey.findMany({
        ...edgeQuery(context, info, 'ApiKey'),
        ...range,
        where: { AND: [where, range.where] },
      })
      return toPage(inListOrder(rows, window), window, idEdge, () => prisma.apiKey.count({ where }))
    },
  }),
)

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    environment: t.string({ required: true, description: 'Name of the environment; a key can name its own only.' }),
    scopes: t.field({ type: [Scope], required: true, description: "A subset of the caller's own." }),
    expiresAt: t.field({ type: 'DateTime', description: 'Null: never.' }),
    deliverTo: t.field({ type: SecretTargetInput }),
  }),
})

interface MadeKey {
  apiKeyId: string
  key: string | null
  tokenDelivery: 'SHOWN'
}

const CreateApiKeyPayload = builder.objectRef<MadeKey>('CreateApiKeyPayload').implement({
  fields: (t) => ({
    apiKey: t.prismaField({ type: ApiKey, authScopes, resolve: apiKeyField }),
    key: t.exposeString('key', {
      nullable: true,
      description: 'The key itself, this once; null when it was delivered.',
    }),
    tokenDelivery: t.expose('tokenDelivery', { type: TokenDelivery }),
  }),
})

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', { fields: (t) => ({ id: t.id({ required: true }) }) })

const RevokeApiKeyPayload = builder.objectRef<{ apiKeyId: string }>('RevokeApiKeyPayload').implement({
  fields: (t) => ({
    apiKey: t.prismaField({ type: ApiKey, authScopes, resolve: apiKeyField }),
  }),
})

builder.mutationFields((t) => ({
  createApiKey: t.field({
    type: CreateApiKeyPayload,
    authScopes,
    description: 'Makes a key. Audited.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: (_root, { input: { expiresAt, deliverTo, ...input } }, { keys, session }) =>
      keys.createApiKey(session.caller, { ...input, expiresAt: expiresAt ?? null, deliverTo: deliverTo ?? null }),
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyPayload,
    authScopes,
    description:
      'Stops a key for good: the next request with it is refused, and its streams end within a second. Audited.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true }) },
    resolve: (_root, { input }, { keys, session }) => {
      const apiKeyId = storeId('ApiKey', input.id)
      if (apiKeyId === null) throw new NotFoundError('This is not the id of an API key.', ['id'])
      return keys.revokeApiKey(session.caller, { apiKeyId })
    },
  }),
}))
