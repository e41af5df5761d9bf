import { builder } from '../builder.ts'
import { nodeId } from '../node-id.ts'
import { EntityType, SyncErrorCategory, SyncMode, SyncStatus } from './enums.ts'
import { SyncCounts } from './sync-counts.ts'

interface SyncErrorShape {
  category: keyof typeof import('../../generated/prisma/enums.ts').SyncErrorCategory
  code: string
  message: string
  retryable: boolean
}

const SyncError = builder.objectRef<SyncErrorShape>('SyncError').implement({
  description: 'Why an entity could not be synced.',
  fields: (t) => ({
    category: t.expose('category', { type: SyncErrorCategory }),
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    retryable: t.exposeBoolean('retryable', {
      description: 'Whether the same request may succeed later, with nothing changed.',
    }),
  }),
})

export const EntityRun = builder.prismaNode('EntityRun', {
  id: { field: 'id' },
  description: "One entity's part of a sync run.",
  fields: (t) => ({
    syncRunId: t.id({
      description: 'The run that it is a part of.',
      resolve: ({ syncRunId }) => nodeId('SyncRun', syncRunId),
    }),
    entity: t.expose('entity', { type: EntityType }),
    mode: t.expose('mode', { type: SyncMode }),
    status: t.expose('status', { type: SyncStatus }),
    attempt: t.exposeInt('attempt', { description: 'Activity attempts: 1 when nothing failed, 0 before the first.' }),
    windowStart: t.expose('windowStart', { type: 'DateTime', nullable: true, description: 'Null: everything.' }),
    windowEnd: t.expose('windowEnd', {
      type: 'DateTime',
      nullable: true,
      description: "The run's end in the source's clock, fixed when it starts.",
    }),
    counts: t.field({ type: SyncCounts, resolve: (run) => run }),
    estimatedTotal: t.exposeInt('estimatedTotal', {
      nullable: true,
      description: 'Records in the window, as the source counts them.',
    }),
    sourceRequests: t.exposeInt('sourceRequests', { description: 'Requests that this run cost the source.' }),
    sourceBytes: t.expose('sourceBytes', {
      type: 'BigInt',
      description: 'Bytes that this run received from the source.',
    }),
    error: t.field({
      type: SyncError,
      nullable: true,
      description: 'Why it failed; while it is RUNNING and waits to be tried again: why the last attempt did.',
      resolve: ({ errorCategory, errorCode, errorMessage, errorRetryable }) =>
        errorCategory === null
          ? null
          : {
              category: errorCategory,
              code: errorCode ?? '',
              message: errorMessage ?? '',
              retryable: errorRetryable ?? false,
            },
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
  }),
})
