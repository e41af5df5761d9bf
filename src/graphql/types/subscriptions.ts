import { credentialOf } from '../../auth/caller.ts'
import type { EventStream } from '../../events/streams.ts'
import { builder } from '../builder.ts'
import { type Context, reachableConnections } from '../context.ts'
import { badInput } from '../errors.ts'
import { storeId } from '../node-id.ts'
import { SyncEvent } from './sync-event.ts'

const authScopes = { scope: 'SYNCS_READ' } as const
const after = 'The last sequence received; EVENTS_EXPIRED when events above it are no longer kept.'

builder.subscriptionFields((t) => ({
  syncProgress: t.field({
    type: SyncEvent,
    authScopes,
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
      return held(context, (confirm) => context.streams.ofRun(run, args.after ?? null, confirm))
    },
    resolve: (event) => event,
  }),
  connectionEvents: t.field({
    type: SyncEvent,
    authScopes,
    description:
      'after null: live only. after N: every event of the connection above N, then live. Sequences have no gap.',
    args: { connectionId: t.arg.id({ required: true }), after: t.arg({ type: 'BigInt', description: after }) },
    subscribe: async (_root, args, context) => {
      const id = storeId('Connection', args.connectionId)
      const where = { AND: [{ id: id ?? '' }, reachableConnections(context)] }
      const connection = id === null ? null : await context.prisma.connection.findFirst({ where, select: { id: true } })
      if (!connection) throw badInput('There is no such connection in this environment. Take the id from connections.')
      return held(context, (confirm) => context.streams.ofConnection(connection.id, args.after ?? null, confirm))
    },
    resolve: (event) => event,
  }),
  environmentEvents: t.field({
    type: SyncEvent,
    authScopes,
    description:
      "Events of all connections of the caller's environment (for a connection token: of its own), live only.",
    subscribe: (_root, _args, context) => {
      const { environmentId, connectionId } = context.session.caller
      return held(context, (confirm) =>
        connectionId === null
          ? context.streams.ofEnvironment(environmentId, confirm)
          : context.streams.ofConnection(connectionId, null, confirm),
      )
    },
    resolve: (event) => event,
  }),
}))

/** In a slot of the caller's credential. */
function held({ slots, session }: Context, open: (confirm: () => Promise<void>) => Promise<EventStream>) {
  return slots.hold(credentialOf(session.caller), () => open(() => session.confirm()))
}

async function reachableRun(nodeId: string, context: Context) {
  const id = storeId('SyncRun', nodeId)
  if (id === null) return null
  const where = { id, connection: reachableConnections(context) }
  return context.prisma.syncRun.findFirst({ where, select: { id: true, connectionId: true } })
}
