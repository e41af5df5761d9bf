import { refuseExpiredOfRun } from '../../events/expiry.ts'
import { type EventRange, eventsOfRuns } from '../../store/event-read.ts'
import { syncRunPages } from '../../store/sync-run-page.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { reachableConnections } from '../context.ts'
import { edgeQuery } from '../edge-query.ts'
import { badInput } from '../errors.ts'
import { idEdge, idWindow, inListOrder } from '../id-page.ts'
import { storeId } from '../node-id.ts'
import { pageType } from '../page-type.ts'
import { pageSize, toPage } from '../paging.ts'
import { Connection } from './connection.ts'
import { SyncMode, SyncStatus, SyncTrigger } from './enums.ts'
import { pageArguments } from './page-arguments.ts'
import { SyncCounts, sumCounts } from './sync-counts.ts'
import { SyncEvent } from './sync-event.ts'
import { SyncWait } from './sync-wait.ts'

const authScopes = { scope: 'SYNCS_READ' } as const

export const SyncRun = builder.prismaNode('SyncRun', {
  id: { field: 'id' },
  description: 'One sync of one or more entities of a connection.',
  fields: (t) => ({
    connection: t.relation('connection', { authScopes: { scope: 'CONNECTIONS_READ' } }),
    mode: t.expose('mode', { type: SyncMode }),
    trigger: t.expose('trigger', { type: SyncTrigger }),
    status: t.expose('status', { type: SyncStatus }),
    entities: t.relation('entities', { authScopes, query: { orderBy: { entity: 'asc' } } }),
    totals: t.field({
      type: SyncCounts,
      description: 'The sum over its entities.',
      select: { entities: { orderBy: { entity: 'asc' } } },
      resolve: ({ entities }) => sumCounts(entities),
    }),
    workflowId: t.exposeString('workflowId', { description: 'The Temporal workflow that runs it.' }),
    workflowUrl: t.string({
      nullable: true,
      description: 'The run in the Temporal UI; null when the operator has configured none.',
      resolve: ({ workflowId }, _args, context) => context.workflowUrl(workflowId),
    }),
    waitingFor: t.field({
      type: SyncWait,
      nullable: true,
      description:
        'Why the run does not begin, or does not go on: a part of Syncline that it has needed for 15 seconds or more (a reading under way that tells ' +
        'nothing: a minute) and that is not there. Null when nothing is missing, when the run has ended, and when it waits as it should: for another run ' +
        'of the same entity, or for its source. From what Temporal knows, a few seconds old at most; a worker that has ended is missed a minute and a ' +
        'half after it last asked for work. A part that is missing never fails the query.',
      select: { entities: { orderBy: { entity: 'asc' } } },
      resolve: (run, _args, { operations }) => operations.waitingFor(run),
    }),
    requestedBy: t.exposeString('requestedBy', {
      description: '"owner", or the id of a key or token, or the schedule.',
    }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    lastSequence: t.field({
      type: 'BigInt',
      description: 'Of the newest event of this run: what to pass to syncProgress as `after`. 0 before the first.',
      resolve: ({ id }, _args, { loaders }) => loaders.lastSequence.load(id),
    }),
    events: t.field({
      type: [SyncEvent],
      description:
        'Stored events of the run, ascending: with `first`, those above `after`; with `last`, the newest below `before`. EVENTS_EXPIRED when `after` is ' +
        'below what is kept.',
      args: {
        after: t.arg({ type: 'BigInt' }),
        first: t.arg.int(),
        before: t.arg({ type: 'BigInt' }),
        last: t.arg.int(),
        progress: t.arg.boolean({
          required: true,
          defaultValue: true,
          description: 'False leaves ENTITY_PROGRESS out, of which a long run has many.',
        }),
      },
      complexity: pageComplexity,
      resolve: async (run, { progress, ...place }, { loaders, pool }, info) => {
        const range = eventRange(place)
        if (place.after != null) await refuseExpiredOfRun(pool, run, place.after)
        const loader = loaders.ofField(info, 'rows', (runs: readonly { id: string }[]) =>
          eventsOfRuns(
            pool,
            runs.map(({ id }) => id),
            range,
            progress,
          ),
        )
        return (await loader.load(run)) ?? []
      },
    }),
  }),
})

interface EventPlace {
  after?: bigint | null | undefined
  first?: number | null | undefined
  before?: bigint | null | undefined
  last?: number | null | undefined
}

function eventRange({ after, first, before, last }: EventPlace): EventRange {
  if (last == null && before == null) return { after: after ?? null, limit: pageSize(first, 'first') }
  if (first != null || after != null) throw badInput('first goes with after, last with before.')
  return { before: before ?? null, limit: pageSize(last, 'last') }
}

const SyncRunPage = pageType('SyncRun', SyncRun)

builder.prismaObjectField(Connection, 'syncRuns', (t) =>
  t.field({
    type: SyncRunPage,
    authScopes,
    description: 'Newest first.',
    args: pageArguments(t.arg),
    complexity: pageComplexity,
    resolve: async (connection, args, context, info) => {
      const { loaders, pool, prisma } = context
      const window = idWindow(args)
      const query = edgeQuery(context, info, 'SyncRun')
      const rows = loaders.ofField(info, 'rows', async (connections: readonly { id: string }[]) => {
        const pages = await syncRunPages(
          pool,
          connections.map(({ id }) => id),
          { ...window, limit: window.limit + 1 },
        )
        const runs = await prisma.syncRun.findMany({ ...query, where: { id: { in: [...pages.values()].flat() } } })
        const byId = new Map(runs.map((run) => [run.id, run]))
        return new Map([...pages].map(([id, ids]) => [id, ids.flatMap((runId) => byId.get(runId) ?? [])]))
      })
      const counts = loaders.ofField(info, 'counts', async (connections: readonly { id: string }[]) => {
        const where = { connectionId: { in: connections.map(({ id }) => id) } }
        const groups = await prisma.syncRun.groupBy({ by: ['connectionId'], where, _count: true })
        return new Map(groups.map((group) => [group.connectionId, group._count]))
      })
      const found = (await rows.load(connection)) ?? []
      return toPage(inListOrder(found, window), window, idEdge, async () => (await counts.load(connection)) ?? 0)
    },
  }),
)

builder.queryField('syncRun', (t) =>
  t.prismaField({
    type: SyncRun,
    nullable: true,
    authScopes,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, args, context) => {
      const id = storeId('SyncRun', args.id)
      return id === null
        ? null
        : context.prisma.syncRun.findFirst({ ...query, where: { id, connection: reachableConnections(context) } })
    },
  }),
)
