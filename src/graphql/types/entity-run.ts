import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { rejectedOfRuns, type StoredRejection } from '../../store/rejected-read.ts'
import { pageSize } from '../paging.ts'
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

const RejectedRecord = builder.objectRef<StoredRejection>('RejectedRecord').implement({
  description: 'A record that the source sent and that could not be mapped. It is gone from here once it arrives well.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: "The source's key." }),
    reason: t.exposeString('reason', { description: 'Which field, and what is wrong with it.' }),
    rejectedAt: t.expose('rejectedAt', { type: 'DateTime' }),
  }),
})

export const EntityRun = builder.prismaNode('EntityRun', {
  id: { field: 'id' },
  description: "One entity's part of a sync run.",
  fields: (t) => ({
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
    rejectedRecords: t.field({
      type: [RejectedRecord],
      authScopes: { scope: 'RECORDS_READ' },
      description: 'What this run could not map and what has not arrived well since, by key.',
      args: { first: t.arg.int() },
      complexity: pageComplexity,
      resolve: async (run, args, { loaders, pool }, info) => {
        const limit = pageSize(args.first, 'first')
        const loader = loaders.ofField(info, 'rows', (runs: readonly { id: string }[]) =>
          rejectedOfRuns(
            pool,
            runs.map(({ id }) => id),
            limit,
          ),
        )
        return (await loader.load(run)) ?? []
      },
    }),
  }),
})
