import { ConflictError, ConnectionDisconnectedError, NotFoundError, ValidationError } from '../../operations/errors.ts'
import { builder } from '../builder.ts'
import { storeId } from '../node-id.ts'
import { EntityType } from './enums.ts'
import { syncRunDemands, syncRunField } from './payload-fields.ts'
import { SyncRun } from './sync-run.ts'

const authScopes = { scope: 'SYNCS_WRITE' } as const
const errors = { types: [ValidationError, NotFoundError, ConflictError, ConnectionDisconnectedError] }

const decisionInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      syncRunId: t.id({ required: true, description: 'The full re-sync that held them back.' }),
      entity: t.field({ type: EntityType, required: true }),
    }),
  })

const decisionPayload = (name: string) =>
  builder.objectRef<{ syncRunId: string }>(name).implement({
    fields: (t) => ({ syncRun: t.prismaField({ ...syncRunDemands, type: SyncRun, resolve: syncRunField }) }),
  })

const ConfirmDeletesInput = decisionInput('ConfirmDeletesInput')
const DismissDeletesInput = decisionInput('DismissDeletesInput')
const ConfirmDeletesPayload = decisionPayload('ConfirmDeletesPayload')
const DismissDeletesPayload = decisionPayload('DismissDeletesPayload')

builder.mutationFields((t) => ({
  confirmDeletes: t.field({
    type: ConfirmDeletesPayload,
    authScopes,
    description:
      'Deletes the records that this full re-sync missed at the source and held back (EntityRun.heldDeletions). Those that have changed since stay. ' +
      'CONFLICT while a run reads the entity. Nothing changes where nothing is held: confirmed or dismissed before, or overtaken by a later full re-sync.',
    errors,
    args: { input: t.arg({ type: ConfirmDeletesInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.confirmDeletes(session.caller, { syncRunId: runOf(input.syncRunId), entity: input.entity }),
  }),
  dismissDeletes: t.field({
    type: DismissDeletesPayload,
    authScopes,
    description: 'Lets the records that this full re-sync held back stay; the next full re-sync judges anew.',
    errors,
    args: { input: t.arg({ type: DismissDeletesInput, required: true }) },
    resolve: (_root, { input }, { operations, session }) =>
      operations.dismissDeletes(session.caller, { syncRunId: runOf(input.syncRunId), entity: input.entity }),
  }),
}))

function runOf(id: string): string {
  const syncRunId = storeId('SyncRun', id)
  if (syncRunId === null) throw new NotFoundError('This is not the id of a sync run.', ['syncRunId'])
  return syncRunId
}
