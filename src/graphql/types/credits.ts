import type { Environment as EnvironmentRow, Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { type Context, reachableConnections } from '../context.ts'
import { edgeQuery } from '../edge-query.ts'
import { isMoment } from '../moment.ts'
import { isStoreId } from '../node-id.ts'
import { pageType } from '../page-type.ts'
import { type CursorCodec, decodeCursor, encodeCursor, type PageArgs, pageWindow, toPage } from '../paging.ts'
import { Environment } from './environment.ts'
import { forwardArguments } from './page-arguments.ts'

export const creditScopes = { $all: { environment: true, scope: 'CONNECTIONS_READ' } } as const

const CreditEntry = builder.prismaObject('CreditEntry', {
  description: "One change of an environment's credits.",
  fields: (t) => ({
    delta: t.exposeInt('delta', {
      description: 'Change of what is available: negative when a connection takes credits.',
    }),
    reason: t.exposeString('reason', {
      description: 'CONNECT, DISCONNECT; GRANT or REDUCE when the total was set.',
    }),
    connection: t.prismaField({
      type: 'Connection',
      authScopes: { scope: 'CONNECTIONS_READ' },
      nullable: true,
      description: 'The connection that took or gave back the credits.',
      resolve: async (query, entry, _args, context, info) => {
        if (entry.connectionId === null) return null
        const loader = context.loaders.ofField(info, 'connections', async (asked: readonly { id: string }[]) => {
          const where = { AND: [reachableConnections(context), { id: { in: asked.map(({ id }) => id) } }] }
          const rows = await context.prisma.connection.findMany({ ...query, where })
          return new Map(rows.map((row) => [row.id, row]))
        })
        return (await loader.load({ id: entry.connectionId })) ?? null
      },
    }),
    at: t.expose('at', { type: 'DateTime' }),
    balance: t.exposeInt('balance', { description: 'Credits available after this entry.' }),
  }),
})

const CreditEntryPage = pageType('CreditEntry', CreditEntry)

interface LedgerPosition {
  at: string
  id: string
}

// by time: the first grants were made with the database and have no ids that sort
const ledgerCursor: CursorCodec<LedgerPosition> = {
  format: ({ at, id }) => encodeCursor([at, id]),
  parse(cursor) {
    const [at, id] = decodeCursor(cursor) ?? []
    return typeof at === 'string' && isMoment(at) && typeof id === 'string' && isStoreId(id) ? { at, id } : null
  },
}

export const CreditPool = builder.objectRef<EnvironmentRow>('CreditPool').implement({
  description:
    'The credits of one environment. A connection takes its cost when it is made and gives it back when it is disconnected.',
  fields: (t) => ({
    total: t.exposeInt('creditTotal'),
    used: t.exposeInt('creditUsed'),
    available: t.int({ resolve: ({ creditTotal, creditUsed }) => creditTotal - creditUsed }),
    ledger: t.field({
      type: CreditEntryPage,
      description: 'Newest first.',
      args: forwardArguments(t.arg),
      complexity: pageComplexity,
      resolve: (environment, args, context, info) => {
        const query = edgeQuery(context, info, 'CreditEntry')
        return ledgerPage(environment.id, args, context, query)
      },
    }),
  }),
})

async function ledgerPage(environmentId: string, args: PageArgs, { prisma }: Context, query: object) {
  const window = pageWindow(args, ledgerCursor)
  const { from, limit } = window
  const behind: Prisma.CreditEntryWhereInput = from
    ? { OR: [{ at: { lt: from.at } }, { at: from.at, id: { lt: from.id } }] }
    : {}
  const rows = await prisma.creditEntry.findMany({
    ...query,
    where: { environmentId, ...behind },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  })
  return toPage(
    rows,
    window,
    (row) => ({ node: row, cursor: ledgerCursor.format({ at: row.at.toISOString(), id: row.id }) }),
    () => prisma.creditEntry.count({ where: { environmentId } }),
  )
}

builder.prismaObjectField(Environment, 'credits', (t) =>
  t.field({ type: CreditPool, authScopes: creditScopes, resolve: (environment) => environment }),
)

builder.queryField('credits', (t) =>
  t.field({
    type: CreditPool,
    authScopes: creditScopes,
    description: "The credits of the caller's environment.",
    resolve: (_root, _args, { prisma, session }) =>
      prisma.environment.findUniqueOrThrow({ where: { id: session.caller.environmentId } }),
  }),
)
