import { ConflictError, ConnectionDisconnectedError, NotFoundError, ValidationError } from '../../operations/errors.ts'
import type { HandedOver } from '../../operations/rotate-secret.ts'
import { builder } from '../builder.ts'
import { connectionOf } from '../connection-of.ts'
import { Connection } from './connection.ts'
import { TokenDelivery } from './enums.ts'
import { connectionDemands, connectionField } from './payload-fields.ts'
import { overlapField, SecretTargetInput } from './secret-target.ts'

const authScopes = { scope: 'KEYS_MANAGE' } as const

const RotateConnectionTokenInput = builder.inputType('RotateConnectionTokenInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    overlap: t.field(overlapField),
    deliverTo: t.field({ type: SecretTargetInput }),
  }),
})

const RotateConnectionTokenPayload = builder
  .objectRef<HandedOver & { connectionId: string }>('RotateConnectionTokenPayload')
  .implement({
    fields: (t) => ({
      connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
      token: t.exposeString('token', {
        nullable: true,
        description: 'Shown this once; null when it was delivered, or could not be.',
      }),
      tokenDelivery: t.expose('tokenDelivery', { type: TokenDelivery }),
    }),
  })

const RevokeConnectionTokenInput = builder.inputType('RevokeConnectionTokenInput', {
  fields: (t) => ({ connectionId: t.id({ required: true }) }),
})

const RevokeConnectionTokenPayload = builder
  .objectRef<{ connectionId: string }>('RevokeConnectionTokenPayload')
  .implement({
    fields: (t) => ({
      connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
    }),
  })

builder.mutationFields((t) => ({
  rotateConnectionToken: t.field({
    type: RotateConnectionTokenPayload,
    authScopes,
    description:
      'Gives a connection a new token, also when all of before were revoked; those before it work until the overlap is over. The caller must have ' +
      'the scopes that a connection token has: CONNECTIONS_READ, SYNCS_READ, SYNCS_WRITE, RECORDS_READ. Audited.',
    errors: { types: [ValidationError, NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: RotateConnectionTokenInput, required: true }) },
    resolve: (_root, { input: { connectionId, overlap, deliverTo } }, { keys, session }) =>
      keys.rotateConnectionToken(session.caller, {
        connectionId: connectionOf(connectionId),
        overlap: overlap ?? null,
        deliverTo: deliverTo ?? null,
      }),
  }),
  revokeConnectionToken: t.field({
    type: RevokeConnectionTokenPayload,
    authScopes,
    description:
      "Stops the connection's tokens at once, also those that overlap: the next request with one is refused, and streams end within a second. " +
      'Syncs and schedules go on; rotateConnectionToken makes a new token. Audited.',
    errors: { types: [NotFoundError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: RevokeConnectionTokenInput, required: true }) },
    resolve: (_root, { input }, { keys, session }) =>
      keys.revokeConnectionToken(session.caller, { connectionId: connectionOf(input.connectionId) }),
  }),
}))
