import { ConflictError, NotFoundError, ValidationError } from '../../operations/errors.ts'
import type { CreatedApiKey } from '../../operations/keys.ts'
import { builder } from '../builder.ts'
import { storeId } from '../node-id.ts'
import { ApiKey } from './api-key.ts'
import { Scope, TokenDelivery } from './enums.ts'
import { apiKeyField } from './payload-fields.ts'
import { overlapField, SecretTargetInput } from './secret-target.ts'

const authScopes = { scope: 'KEYS_MANAGE' } as const

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    environment: t.string({ required: true, description: 'Name of the environment; a key can name its own only.' }),
    scopes: t.field({ type: [Scope], required: true, description: "A subset of the caller's own." }),
    expiresAt: t.field({ type: 'DateTime', description: 'Null: never.' }),
    deliverTo: t.field({ type: SecretTargetInput }),
    idempotencyKey: t.string({ description: 'A replay within 7 days returns the same key, without its secret.' }),
  }),
})

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    overlap: t.field(overlapField),
    deliverTo: t.field({ type: SecretTargetInput }),
  }),
})

const madeKey = (name: 'CreateApiKeyPayload' | 'RotateApiKeyPayload', keyDescription: string) =>
  builder.objectRef<CreatedApiKey>(name).implement({
    fields: (t) => ({
      apiKey: t.prismaField({ type: ApiKey, authScopes, resolve: apiKeyField }),
      key: t.exposeString('key', { nullable: true, description: keyDescription }),
      tokenDelivery: t.expose('tokenDelivery', { type: TokenDelivery }),
    }),
  })

const CreateApiKeyPayload = madeKey(
  'CreateApiKeyPayload',
  'The key itself, this once; null when it was delivered or could not be, and in a replay.',
)
const RotateApiKeyPayload = madeKey(
  'RotateApiKeyPayload',
  'The new secret, this once; null when it was delivered or could not be.',
)

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
    errors: { types: [ValidationError, NotFoundError, ConflictError] },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: (_root, { input: { expiresAt, deliverTo, idempotencyKey, ...input } }, { keys, session }) =>
      keys.createApiKey(session.caller, {
        ...input,
        expiresAt: expiresAt ?? null,
        deliverTo: deliverTo ?? null,
        idempotencyKey: idempotencyKey ?? null,
      }),
  }),
  rotateApiKey: t.field({
    type: RotateApiKeyPayload,
    authScopes,
    description:
      'Gives a key a new secret; those before it work until the overlap is over. Id, name, scopes and expiry stay. The caller must have all scopes ' +
      'of the key. CONFLICT when the key is revoked or has expired. Audited.',
    errors: { types: [ValidationError, NotFoundError, ConflictError] },
    args: { input: t.arg({ type: RotateApiKeyInput, required: true }) },
    resolve: (_root, { input: { id, overlap, deliverTo } }, { keys, session }) =>
      keys.rotateApiKey(session.caller, {
        apiKeyId: apiKeyOf(id),
        overlap: overlap ?? null,
        deliverTo: deliverTo ?? null,
      }),
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyPayload,
    authScopes,
    description:
      'Stops a key for good, with every secret that it has: the next request with one is refused, and streams end within a second. Audited.',
    errors: { types: [NotFoundError] },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true }) },
    resolve: (_root, { input: { id } }, { keys, session }) =>
      keys.revokeApiKey(session.caller, { apiKeyId: apiKeyOf(id) }),
  }),
}))

function apiKeyOf(id: string): string {
  const apiKeyId = storeId('ApiKey', id)
  if (apiKeyId === null) throw new NotFoundError('This is not the id of an API key.', ['id'])
  return apiKeyId
}
