import { ConnectionDisconnectedError, NotFoundError, ValidationError } from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { connectionOf } from '../connection-of.ts'
import { Connection } from './connection.ts'
import { connectionDemands, connectionField } from './payload-fields.ts'
import { SecretTargetInput } from './secret-target.ts'

const SecretTarget = builder.objectRef<{ store: string; name: string }>('SecretTarget').implement({
  description: 'Where tokens are written.',
  fields: (t) => ({
    store: t.exposeString('store', { description: '"vault", "aws" or "azure".' }),
    name: t.exposeString('name', { description: 'The path there.' }),
  }),
})

interface Failure {
  at: Date
  message: string
  attempts: number
  retryAt: Date
}

const TokenRotationFailure = builder.objectRef<Failure>('TokenRotationFailure').implement({
  description: 'A rotation that is due and does not succeed. The token of before goes on working.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'Of the last attempt.' }),
    message: t.exposeString('message', { description: 'What happened, and what to do.' }),
    attempts: t.exposeInt('attempts', { description: 'That have failed since the last rotation.' }),
    retryAt: t.expose('retryAt', { type: 'DateTime', description: 'From 30 s to an hour after the last attempt.' }),
  }),
})

builder.prismaObject('TokenRotation', {
  description: "How a connection's token is rotated by itself, into a secret manager.",
  fields: (t) => ({
    target: t.field({ type: SecretTarget, resolve: ({ store, name }) => ({ store, name }) }),
    every: t.expose('every', { type: 'Duration' }),
    overlap: t.expose('overlap', { type: 'Duration' }),
    nextRotationAt: t.expose('dueAt', {
      type: 'DateTime',
      description: 'A worker does it within seconds; one in the past is being tried, or fails.',
    }),
    lastRotatedAt: t.expose('rotatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'By itself; null when it has not been yet.',
    }),
    failure: t.field({
      type: TokenRotationFailure,
      nullable: true,
      description: 'Null when the last attempt succeeded, or none has been made.',
      resolve: ({ failure, failures, failedAt, takeAt }) =>
        failure !== null && failedAt ? { at: failedAt, message: failure, attempts: failures, retryAt: takeAt } : null,
    }),
  }),
})

const TokenRotationInput = builder.inputType('TokenRotationInput', {
  fields: (t) => ({
    target: t.field({ type: SecretTargetInput, required: true }),
    every: t.field({ type: 'Duration', required: true, description: 'PT15M to P365D, e.g. P30D.' }),
    overlap: t.field({
      type: 'Duration',
      defaultValue: 'PT15M',
      description: 'For how long the token of before works too, PT0S to P30D and no longer than every.',
    }),
  }),
})

const SetTokenRotationInput = builder.inputType('SetTokenRotationInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    rotation: t.field({ type: TokenRotationInput, description: 'Null: by hand only.' }),
  }),
})

const SetTokenRotationPayload = builder.objectRef<{ connectionId: string }>('SetTokenRotationPayload').implement({
  fields: (t) => ({
    connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
  }),
})

builder.mutationField('setTokenRotation', (t) =>
  t.field({
    type: SetTokenRotationPayload,
    authScopes: { scope: 'KEYS_MANAGE' },
    description:
      "Has the connection's token rotated into a secret manager by itself, one interval from now for the first time, also while it is PAUSED. What fails is " +
      'tried again until it succeeds, and the token of before goes on working; Connection.tokenRotation tells it. A change never puts off what is due. The ' +
      'caller must have the scopes that a connection token has. Audited.',
    errors: { types: [ValidationError, NotFoundError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: SetTokenRotationInput, required: true }) },
    resolve: (_root, { input: { connectionId, rotation } }, { keys, session }) =>
      keys.setTokenRotation(session.caller, {
        connectionId: connectionOf(connectionId),
        rotation: rotation
          ? { target: rotation.target, every: rotation.every, overlap: rotation.overlap ?? 'PT0S' }
          : null,
      }),
  }),
)
