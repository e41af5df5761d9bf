import {
  ConflictError,
  ConnectionDisconnectedError,
  InsufficientCreditsError,
  NotFoundError,
  SecretStoreError,
  SourceAuthError,
  SourceUnreachableError,
  ValidationError,
} from '../../operations/errors.ts'
import type { CreateConnectionInput as OperationInput, CreatedConnection } from '../../operations/operations.ts'
import { builder } from '../builder.ts'
import { connectionOf } from '../connection-of.ts'
import { Connection } from './connection.ts'
import { CustomerInput } from './customer-input.ts'
import { EntityType, TokenDelivery } from './enums.ts'
import { ScheduleInput, scheduleOf } from './schedule-input.ts'
import { SecretTargetInput } from './secret-target.ts'
import { SyncRun } from './sync-run.ts'
import { connectionDemands, connectionField, syncRunDemands, syncRunField } from './payload-fields.ts'

const authScopes = { scope: 'CONNECTIONS_WRITE' } as const

const TestConnectionInput = builder.inputType('TestConnectionInput', {
  fields: (t) => ({
    system: t.string({ required: true, description: 'Key of a system of the catalog.' }),
    config: t.field({ type: 'JSON', required: true }),
    credentials: t.field({ type: 'JSON', required: true }),
  }),
})

const TestConnectionPayload = builder
  .objectRef<{ entities: (typeof EntityType)['$inferType'][] }>('TestConnectionPayload')
  .implement({
    fields: (t) => ({
      entities: t.expose('entities', {
        type: [EntityType],
        description: 'What the source can serve with these credentials.',
      }),
    }),
  })

const CreateConnectionInput = builder.inputType('CreateConnectionInput', {
  fields: (t) => ({
    system: t.string({ required: true, description: 'Key of a system of the catalog.' }),
    name: t.string({ required: true }),
    customer: t.field({ type: CustomerInput }),
    config: t.field({
      type: 'JSON',
      required: true,
      description: "As the system's configSchema says; never a secret.",
    }),
    credentials: t.field({
      type: 'JSON',
      required: true,
      description: "As the system's credentialsSchema says; kept in the secret store only.",
    }),
    entities: t.field({ type: [EntityType], description: 'Null: all that the system has.' }),
    historyDays: t.int({ defaultValue: 90, description: 'How far back documents are read, 1 to 3650 days.' }),
    schedule: t.field({ type: ScheduleInput, description: 'Null: manual only.' }),
    deliverTokenTo: t.field({ type: SecretTargetInput }),
    idempotencyKey: t.string({ description: 'A replay within 7 days returns the same objects, without the token.' }),
  }),
})

const ReconnectConnectionInput = builder.inputType('ReconnectConnectionInput', {
  description: 'What is absent or null is taken over from the connection; its name and customer are in any case.',
  fields: (t) => ({
    connectionId: t.id({ required: true, description: 'A DISCONNECTED connection; CONFLICT when it is not.' }),
    credentials: t.field({
      type: 'JSON',
      required: true,
      description: 'Those of before were destroyed with the disconnect.',
    }),
    config: t.field({ type: 'JSON', description: 'Replaces the config as a whole.' }),
    entities: t.field({ type: [EntityType], description: 'Null: those that were synced.' }),
    historyDays: t.int({ description: '1 to 3650.' }),
    schedule: t.field({ type: ScheduleInput, description: 'Of all entities. Null: each keeps its own.' }),
    deliverTokenTo: t.field({ type: SecretTargetInput }),
    idempotencyKey: t.string({ description: 'A replay within 7 days returns the same objects, without the token.' }),
  }),
})

const connected = (name: string) =>
  builder.objectRef<CreatedConnection>(name).implement({
    fields: (t) => ({
      connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
      token: t.exposeString('token', {
        nullable: true,
        description: 'Shown this once; null when delivered, and in a replay.',
      }),
      tokenDelivery: t.expose('tokenDelivery', { type: TokenDelivery }),
      syncRun: t.prismaField({
        ...syncRunDemands,
        type: SyncRun,
        description: `The initial sync, already started. ${syncRunDemands.description}`,
        resolve: syncRunField,
      }),
    }),
  })

const CreateConnectionPayload = connected('CreateConnectionPayload')
const ReconnectConnectionPayload = connected('ReconnectConnectionPayload')

const DisconnectConnectionInput = builder.inputType('DisconnectConnectionInput', {
  fields: (t) => ({ connectionId: t.id({ required: true }) }),
})

const DisconnectConnectionPayload = builder
  .objectRef<{ connectionId: string; creditsReturned: number }>('DisconnectConnectionPayload')
  .implement({
    fields: (t) => ({
      connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
      creditsReturned: t.exposeInt('creditsReturned', { description: '0 when it was disconnected already.' }),
    }),
  })

builder.mutationFields((t) => ({
  testConnection: t.field({
    type: TestConnectionPayload,
    authScopes,
    description: 'Asks the source what it can serve. Stores nothing and takes no credit.',
    errors: { types: [ValidationError, SourceUnreachableError, SourceAuthError] },
    args: { input: t.arg({ type: TestConnectionInput, required: true }) },
    resolve: (_root, { input: { system, config, credentials } }, { operations, session }) =>
      operations.testConnection(session.caller, { system, config, credentials }),
  }),
  createConnection: t.field({
    type: CreateConnectionPayload,
    authScopes,
    description: 'Checks the credentials at the source, then connects it and starts the initial sync.',
    errors: {
      types: [
        ValidationError,
        ConflictError,
        InsufficientCreditsError,
        SourceUnreachableError,
        SourceAuthError,
        SecretStoreError,
      ],
    },
    args: { input: t.arg({ type: CreateConnectionInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.createConnection(session.caller, connectionInput(input)),
  }),
  disconnectConnection: t.field({
    type: DisconnectConnectionPayload,
    authScopes,
    description:
      'Stops the connection at once: its token is refused, its runs are canceled, its credits are back. Its records stay readable with an API key.',
    errors: { types: [NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: DisconnectConnectionInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.disconnectConnection(session.caller, { connectionId: connectionOf(input.connectionId) }),
  }),
  reconnectConnection: t.field({
    type: ReconnectConnectionPayload,
    authScopes,
    description:
      'Connects the system of a disconnected connection again: checks the credentials at the source, then makes a new connection (reconnectedFrom leads to ' +
      'the old one) with a token, a credit and an initial sync of its own. The old one stays disconnected and keeps its data. CONFLICT when it was ' +
      'reconnected before: connectionId is then the last that followed it.',
    errors: {
      types: [
        ValidationError,
        NotFoundError,
        ConflictError,
        InsufficientCreditsError,
        SourceUnreachableError,
        SourceAuthError,
        SecretStoreError,
      ],
    },
    args: { input: t.arg({ type: ReconnectConnectionInput, required: true }) },
    resolve: (_root, { input: { connectionId, credentials, config, ...input } }, { operations, session }) =>
      operations.reconnectConnection(session.caller, {
        connectionId: connectionOf(connectionId),
        credentials,
        config,
        entities: input.entities ?? null,
        historyDays: input.historyDays ?? null,
        schedule: scheduleOf(input.schedule),
        deliverTokenTo: input.deliverTokenTo ?? null,
        idempotencyKey: input.idempotencyKey ?? null,
      }),
  }),
}))

function connectionInput({
  system,
  name,
  config,
  credentials,
  ...input
}: typeof CreateConnectionInput.$inferInput): OperationInput {
  const { customer, entities, historyDays, schedule, deliverTokenTo, idempotencyKey } = input
  return {
    system,
    name,
    config,
    credentials,
    customer: customer ? { externalId: customer.externalId, name: customer.name ?? null } : null,
    entities: entities ?? null,
    historyDays: historyDays ?? null,
    schedule: scheduleOf(schedule),
    deliverTokenTo: deliverTokenTo ?? null,
    idempotencyKey: idempotencyKey ?? null,
  }
}
