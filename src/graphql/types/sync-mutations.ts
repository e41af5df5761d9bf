import {
  ConflictError,
  ConnectionDisconnectedError,
  ConnectionPausedError,
  NotFoundError,
  ValidationError,
} from '../../operations/errors.ts'
import type { StartedSync } from '../../operations/operations.ts'
import { builder } from '../builder.ts'
import { storeId } from '../node-id.ts'
import { EntityType, SyncMode } from './enums.ts'
import { syncRunDemands, syncRunField } from './payload-fields.ts'
import { SyncRun } from './sync-run.ts'

const authScopes = { scope: 'SYNCS_WRITE' } as const

const StartSyncInput = builder.inputType('StartSyncInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    entities: t.field({ type: [EntityType], description: 'Null: all that are enabled.' }),
    mode: t.field({
      type: SyncMode,
      defaultValue: 'INCREMENTAL',
      description: 'An entity that never succeeded runs as INITIAL in any case.',
    }),
    idempotencyKey: t.string({ description: 'A replay within 7 days returns the same runs.' }),
  }),
})

const StartSyncPayload = builder.objectRef<StartedSync>('StartSyncPayload').implement({
  fields: (t) => ({
    syncRun: t.prismaField({
      ...syncRunDemands,
      type: SyncRun,
      description: `The new run; when every entity was busy, the run that holds the first entity asked for. ${syncRunDemands.description}`,
      resolve: syncRunField,
    }),
    alreadyRunning: t.expose('alreadyRunning', {
      type: [EntityType],
      description: 'Entities that a run in progress already reads.',
    }),
    attachedRuns: t.prismaField({
      ...syncRunDemands,
      type: [SyncRun],
      description: `The runs that hold the busy entities. ${syncRunDemands.description}`,
      resolve: async (query, { attachedRunIds }, _args, { prisma }) => {
        const runs = await prisma.syncRun.findMany({ ...query, where: { id: { in: attachedRunIds } } })
        return attachedRunIds.flatMap((id) => runs.find((run) => run.id === id) ?? [])
      },
    }),
  }),
})

const CancelSyncInput = builder.inputType('CancelSyncInput', {
  fields: (t) => ({
    syncRunId: t.id({ required: true }),
    entities: t.field({ type: [EntityType], description: 'Null: all of them.' }),
  }),
})

const CancelSyncPayload = builder.objectRef<{ syncRunId: string }>('CancelSyncPayload').implement({
  fields: (t) => ({ syncRun: t.prismaField({ ...syncRunDemands, type: SyncRun, resolve: syncRunField }) }),
})

builder.mutationFields((t) => ({
  startSync: t.field({
    type: StartSyncPayload,
    authScopes,
    description:
      'Starts a sync. Entities that are being read are attached to, not read twice; a FULL_RESYNC waits for them.',
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, ConnectionDisconnectedError, ConnectionPausedError],
    },
    args: { input: t.arg({ type: StartSyncInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) => {
      const connectionId = storeId('Connection', input.connectionId)
      if (connectionId === null) throw new NotFoundError('This is not the id of a connection.', ['connectionId'])
      const { entities, mode, idempotencyKey } = input
      return operations.startSync(session.caller, {
        connectionId,
        entities: entities ?? null,
        mode: mode ?? null,
        idempotencyKey: idempotencyKey ?? null,
      })
    },
  }),
  cancelSync: t.field({
    type: CancelSyncPayload,
    authScopes,
    description:
      'Cancels a run, or some of its entities. What was committed stays. A run that has ended is returned as it is.',
    errors: { types: [ValidationError, NotFoundError, ConflictError, ConnectionDisconnectedError] },
    args: { input: t.arg({ type: CancelSyncInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) => {
      const syncRunId = storeId('SyncRun', input.syncRunId)
      if (syncRunId === null) throw new NotFoundError('This is not the id of a sync run.', ['syncRunId'])
      return operations.cancelSync(session.caller, { syncRunId, entities: input.entities ?? null })
    },
  }),
}))
