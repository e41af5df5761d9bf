import { credentialOf } from '../../auth/caller.ts'
import type { Stream } from '../../events/stream.ts'
import type { RecordOwner } from '../../store/record-read.ts'
import { builder } from '../builder.ts'
import { changeCursor, parseChangeCursor } from '../change-cursor.ts'
import { pageComplexity } from '../complexity.ts'
import { type Context, reachableConnections } from '../context.ts'
import { badInput } from '../errors.ts'
import { sameForAll } from '../answers.ts'
import { storeId } from '../node-id.ts'
import { pageSize } from '../paging.ts'
import { ChangePage, type Changes } from './change.ts'
import { EntityType } from './enums.ts'
import { SyncEvent } from './sync-event.ts'

const authScopes = { scope: 'SYNCS_READ' } as const
const after = 'The last sequence received; EVENTS_EXPIRED when events above it are no longer kept.'

builder.subscriptionFields((t) => ({
  syncProgress: t.field({
    type: SyncEvent,
    authScopes,
    extensions: sameForAll,
    description:
      'after null: the newest stored event of the run and of each of its entities, ascending, then every event above the highest of them. ' +
      'after N: every event of the run above N, then live. Completes after RUN_FINISHED. Sequences increase; within one run they have gaps.',
    args: { syncRunId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt', description: after }) },
    subscribe: async (_root, args, context) => {
      const run = await reachableRun(args.syncRunId, context)
      if (!run)
        throw badInput(
          'There is no such sync run in this environment. Take the id from startSync or Connection.syncRuns.',
        )
      const { streams, session, outlet, patience } = context
      return held(context, () => streams.ofRun(run, args.after ?? null, session, outlet, patience))
    },
    resolve: (event) => event,
  }),
  connectionEvents: t.field({
    type: SyncEvent,
    authScopes,
    extensions: sameForAll,
    description:
      'after null: live only. after N: every event of the connection above N, then live. Sequences have no gap.',
    args: { connectionId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt', description: after }) },
    subscribe: async (_root, args, context) => {
      const connection = await reachableConnection(args.connectionId, context)
      const { streams, session, outlet, patience } = context
      return held(context, () => streams.ofConnection(connection.id, args.after ?? null, session, outlet, patience))
    },
    resolve: (event) => event,
  }),
  environmentEvents: t.field({
    type: SyncEvent,
    authScopes,
    extensions: sameForAll,
    description:
      "Events of all connections of the caller's environment (for a connection token: of its own), live only.",
    subscribe: (_root, _args, context) => {
      const { streams, session, outlet, patience } = context
      const { environmentId, connectionId } = session.caller
      return held(context, () =>
        connectionId === null
          ? streams.ofEnvironment(environmentId, session, patience)
          : streams.ofConnection(connectionId, null, session, outlet, patience),
      )
    },
    resolve: (event) => event,
  }),
  recordChanges: t.field({
    type: ChangePage,
    authScopes: { scope: 'RECORDS_READ' },
    description:
      'The change feed of one entity as a stream: pages as Connection.changes gives them, from the cursor on and then live. The next page is read ' +
      'when this one was sent. Completes once all of a disconnected connection was told, and after a page with dataDeletionRequestedAt.',
    args: {
      connectionId: t.arg.id({ required: true }),
      entity: t.arg({ type: EntityType, required: true }),
      after: t.arg.string({ description: 'The last endCursor received; null: everything.' }),
      first: t.arg.int({ description: 'The most changes of a page.' }),
    },
    complexity: pageComplexity,
    subscribe: async (_root, { connectionId, entity, after, first }, context) => {
      const owner = await reachableConnection(connectionId, context)
      const cursor = parseChangeCursor({ connectionId: owner.id, entity }, after ?? null)
      const from = { after: cursor, limit: pageSize(first, 'first') }
      if (from.limit === 0) throw badInput('first is 0; a stream of pages without changes would never move on.')
      return held(context, () => context.changeStreams.of(owner, entity, from, context.session, context.patience))
    },
    resolve: ({ feed, changes, hasMore, reached, deletionAskedAt }): Changes => ({
      changes,
      hasMore,
      endCursor: reached === null ? null : changeCursor(feed, reached),
      dataDeletionRequestedAt: deletionAskedAt,
    }),
  }),
}))

/** In a slot of the caller's credential. */
function held<T>({ slots, session, breakOff }: Context, open: () => Promise<Stream<T>>) {
  return slots.hold(credentialOf(session.caller), open, breakOff)
}

async function reachableConnection(nodeId: string, context: Context): Promise<RecordOwner> {
  const id = storeId('Connection', nodeId)
  const where = { AND: [{ id: id ?? '' }, reachableConnections(context)] }
  const select = { id: true, key: true }
  const connection = id === null ? null : await context.prisma.connection.findFirst({ where, select })
  if (!connection) throw badInput('There is no such connection in this environment. Take the id from connections.')
  return connection
}

async function reachableRun(nodeId: string, context: Context) {
  const id = storeId('SyncRun', nodeId)
  if (id === null) return null
  const where = { id, connection: reachableConnections(context) }
  return context.prisma.syncRun.findFirst({ where, select: { id: true, connectionId: true } })
}
