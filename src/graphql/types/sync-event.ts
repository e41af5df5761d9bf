import type { StoredEvent } from '../../store/event-read.ts'
import { builder } from '../builder.ts'
import { nodeId } from '../node-id.ts'
import { EntityType, SyncEventType, SyncStatus } from './enums.ts'
import { SyncCounts } from './sync-counts.ts'

export const SyncEvent = builder.objectRef<StoredEvent>('SyncEvent').implement({
  description: 'Something that happened to a connection. Kept for at least 30 days.',
  fields: (t) => ({
    connectionId: t.id({ resolve: ({ connectionId }) => nodeId('Connection', connectionId) }),
    sequence: t.expose('sequence', { type: 'BigInt', description: 'Gapless and increasing within a connection.' }),
    type: t.expose('type', { type: SyncEventType }),
    at: t.expose('at', { type: 'DateTime' }),
    syncRunId: t.id({
      nullable: true,
      resolve: ({ syncRunId }) => (syncRunId === null ? null : nodeId('SyncRun', syncRunId)),
    }),
    entity: t.expose('entity', { type: EntityType, nullable: true }),
    status: t.expose('status', { type: SyncStatus, nullable: true }),
    counts: t.expose('counts', {
      type: SyncCounts,
      nullable: true,
      description: "Running totals of that entity's run, over all attempts.",
    }),
    estimatedTotal: t.exposeInt('estimatedTotal', { nullable: true }),
    message: t.exposeString('message', { nullable: true }),
  }),
})
