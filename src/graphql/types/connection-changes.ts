import {
  ConflictError,
  ConnectionDisconnectedError,
  NotFoundError,
  SecretStoreError,
  SourceAuthError,
  SourceUnreachableError,
  ValidationError,
} from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { connectionOf } from '../connection-of.ts'
import { Connection } from './connection.ts'
import { CustomerInput } from './customer-input.ts'
import { EntityType } from './enums.ts'
import { connectionDemands, connectionField } from './payload-fields.ts'
import { ScheduleInput, scheduleOf } from './schedule-input.ts'

const authScopes = { scope: 'CONNECTIONS_WRITE' } as const

const payload = <const N extends string>(name: N) =>
  builder.objectRef<{ connectionId: string }>(name).implement({
    fields: (t) => ({
      connection: t.prismaField({ ...connectionDemands, type: Connection, resolve: connectionField }),
    }),
  })

const UpdateConnectionPayload = payload('UpdateConnectionPayload')
const SetSchedulePayload = payload('SetSchedulePayload')
const PauseConnectionPayload = payload('PauseConnectionPayload')
const ResumeConnectionPayload = payload('ResumeConnectionPayload')

const DeleteConnectionDataPayload = payload('DeleteConnectionDataPayload')

const UpdateConnectionInput = builder.inputType('UpdateConnectionInput', {
  description: 'What is absent or null stays.',
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    name: t.string(),
    customer: t.field({ type: CustomerInput }),
    config: t.field({
      type: 'JSON',
      description:
        'Replaces the config as a whole, from the next run on. Where it reads or maps an entity otherwise, the next run of that entity is a FULL_RESYNC. A new address needs the credentials too.',
    }),
    credentials: t.field({
      type: 'JSON',
      description:
        'Replace those stored, which are then destroyed. Good ones make an ACTION_REQUIRED connection ACTIVE.',
    }),
    entities: t.field({
      type: [EntityType],
      description:
        'Those to be synced from now on. The next run of one that was not synced is INITIAL; the records of one left out stay.',
    }),
    historyDays: t.int({
      description: '1 to 3650. A longer history makes the next run of each document entity a FULL_RESYNC.',
    }),
    deleteGuardPercent: t.int({
      description: '0 to 100: a re-sync that would delete a larger share of the records holds them for confirmDeletes.',
    }),
  }),
})

const SetScheduleInput = builder.inputType('SetScheduleInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    entities: t.field({ type: [EntityType], description: 'Null: all.' }),
    schedule: t.field({ type: ScheduleInput, description: 'Null: manual only.' }),
  }),
})

const PauseConnectionInput = builder.inputType('PauseConnectionInput', {
  fields: (t) => ({ connectionId: t.id({ required: true }) }),
})

const ResumeConnectionInput = builder.inputType('ResumeConnectionInput', {
  fields: (t) => ({ connectionId: t.id({ required: true }) }),
})

const DeleteConnectionDataInput = builder.inputType('DeleteConnectionDataInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true, description: 'A DISCONNECTED connection; CONFLICT when it is not.' }),
    entities: t.field({ type: [EntityType], description: 'Null: all.' }),
  }),
})

builder.mutationFields((t) => ({
  updateConnection: t.field({
    type: UpdateConnectionPayload,
    authScopes,
    description: 'Checks config and credentials at the source before anything is stored.',
    errors: {
      types: [
        ValidationError,
        NotFoundError,
        ConflictError,
        ConnectionDisconnectedError,
        SourceUnreachableError,
        SourceAuthError,
        SecretStoreError,
      ],
    },
    args: { input: t.arg({ type: UpdateConnectionInput, required: true }) },
    resolve: (_root, { input: { customer, ...input } }, { operations, session }) =>
      operations.updateConnection(session.caller, {
        connectionId: connectionOf(input.connectionId),
        name: input.name ?? null,
        customer: customer ? { externalId: customer.externalId, name: customer.name ?? null } : null,
        config: input.config,
        credentials: input.credentials,
        entities: input.entities ?? null,
        historyDays: input.historyDays ?? null,
        deleteGuardPercent: input.deleteGuardPercent ?? null,
      }),
  }),
  setSchedule: t.field({
    type: SetSchedulePayload,
    authScopes,
    description: 'The schedule of a paused connection is kept for when it is resumed.',
    errors: { types: [ValidationError, NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: SetScheduleInput, required: true }) },
    resolve: (_root, { input: { connectionId, entities, schedule } }, { operations, session }) =>
      operations.setSchedule(session.caller, {
        connectionId: connectionOf(connectionId),
        entities: entities ?? null,
        schedule: scheduleOf(schedule),
      }),
  }),
  pauseConnection: t.field({
    type: PauseConnectionPayload,
    authScopes,
    description: 'Stops the schedules and refuses startSync; running syncs finish. Pausing it again changes nothing.',
    errors: { types: [NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: PauseConnectionInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.pauseConnection(session.caller, { connectionId: connectionOf(input.connectionId) }),
  }),
  resumeConnection: t.field({
    type: ResumeConnectionPayload,
    authScopes,
    description:
      'Schedules go on; what they missed is not made up for. Where the source has refused the credentials before the pause or during it, the connection ' +
      'becomes ACTION_REQUIRED instead. CONFLICT when it is that already.',
    errors: { types: [NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: ResumeConnectionInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.resumeConnection(session.caller, { connectionId: connectionOf(input.connectionId) }),
  }),
  deleteConnectionData: t.field({
    type: DeleteConnectionDataPayload,
    authScopes: { scope: 'RECORDS_DELETE' },
    description:
      'Deletes the records, payloads and rejected records of a disconnected connection, for good. From its answer on nobody is shown any of them; they are ' +
      'then deleted in the background, and CONNECTION_DATA_DELETED and dataDeletedAt tell when all are gone. Runs, events, audit log and ledger stay. ' +
      'Asking again changes nothing.',
    errors: { types: [ValidationError, NotFoundError, ConflictError] },
    args: { input: t.arg({ type: DeleteConnectionDataInput, required: true }) },
    resolve: (_root, { input: { connectionId, entities } }, { operations, session }) =>
      operations.deleteConnectionData(session.caller, {
        connectionId: connectionOf(connectionId),
        entities: entities ?? null,
      }),
  }),
}))
