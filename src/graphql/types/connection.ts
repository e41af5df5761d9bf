import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { reachableConnections } from '../context.ts'
import { edgeQuery } from '../edge-query.ts'
import { badInput } from '../errors.ts'
import { idEdge, idRange, idWindow, inListOrder } from '../id-page.ts'
import { storeId } from '../node-id.ts'
import { pageType } from '../page-type.ts'
import { toPage } from '../paging.ts'
import { pageArguments } from './page-arguments.ts'
import { ConnectionStatus } from './enums.ts'
import { stillOverlapping } from './still-overlapping.ts'
import { System } from './system.ts'

const authScopes = { scope: 'CONNECTIONS_READ' } as const
const beyondOne = { $all: { environment: true, ...authScopes } } as const

const Customer = builder.objectRef<{ externalId: string; name: string | null }>('Customer').implement({
  description: "The caller's own customer that the connection belongs to.",
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: "The caller's own key of the customer." }),
    name: t.exposeString('name', { nullable: true }),
  }),
})

const TokenInfo = builder.prismaObject('ConnectionToken', {
  name: 'TokenInfo',
  description: 'What may be shown of a token.',
  fields: (t) => ({
    prefix: t.exposeString('prefix'),
    lastFour: t.exposeString('lastFour'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'To the minute.' }),
    overlapEndsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when tokens of before the last rotation work too; null when none does.',
      select: () => ({ connection: { select: { tokens: stillOverlapping() } } }),
      resolve: ({ connection }) => connection.tokens[0]?.expiresAt ?? null,
    }),
  }),
})

export const Connection = builder.prismaNode('Connection', {
  id: { field: 'id' },
  description: "One customer's source system, connected.",
  fields: (t) => ({
    name: t.exposeString('name'),
    system: t.field({ type: System, resolve: ({ system }, _args, { systems }) => systems.find(system) }),
    environment: t.relation('environment', { authScopes: { authenticated: true } }),
    customer: t.field({
      type: Customer,
      nullable: true,
      resolve: ({ customerExternalId, customerName }) =>
        customerExternalId === null ? null : { externalId: customerExternalId, name: customerName },
    }),
    status: t.field({
      type: ConnectionStatus,
      select: { gate: { select: { status: true } } },
      resolve: ({ gate }) => gate?.status ?? 'DISCONNECTED',
    }),
    statusReason: t.exposeString('statusReason', { nullable: true }),
    config: t.expose('config', { type: 'JSON', description: 'Never holds a secret.' }),
    historyDays: t.exposeInt('historyDays', {
      description: 'How far back documents are read; master data are read whole.',
    }),
    deleteGuardPercent: t.exposeInt('deleteGuardPercent', {
      description: 'A re-sync that would delete a larger share of the records holds them for confirmDeletes.',
    }),
    creditCost: t.exposeInt('creditCost'),
    token: t.field({
      type: TokenInfo,
      nullable: true,
      description: 'The newest token; null once disconnected or revoked.',
      select: {
        gate: { select: { status: true } },
        tokens: { where: { revokedAt: null, pendingUntil: null }, orderBy: { createdAt: 'desc' }, take: 1 },
      },
      resolve: ({ gate, tokens }) => (gate?.status === 'DISCONNECTED' ? null : (tokens[0] ?? null)),
    }),
    tokenRotation: t.relation('tokenRotation', {
      nullable: true,
      authScopes: beyondOne,
      description: 'How its token is rotated by itself; null: by hand only.',
    }),
    entities: t.relation('entities', { authScopes, query: { orderBy: { entity: 'asc' } } }),
    reconnectedFrom: t.relation('reconnectedFrom', { nullable: true, authScopes: beyondOne }),
    reconnectedAs: t.relation('reconnectedAs', { nullable: true, authScopes: beyondOne }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    disconnectedAt: t.expose('disconnectedAt', { type: 'DateTime', nullable: true }),
    dataDeletedAt: t.expose('dataDeletedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When all its data were gone, as deleteConnectionData was asked.',
    }),
  }),
})

const ConnectionPage = pageType('Connection', Connection)

const ConnectionFilter = builder.inputType('ConnectionFilter', {
  fields: (t) => ({
    status: t.field({ type: [ConnectionStatus] }),
    system: t.string({ description: 'Key of the system.' }),
    customerExternalId: t.string(),
    staleSince: t.field({
      type: 'DateTime',
      description:
        'Those with an enabled entity whose last successful sync began before this moment, or that has none.',
    }),
    search: t.string({ description: "Part of the connection's name or of the customer's name or key, in any case." }),
  }),
})

builder.queryFields((t) => ({
  connection: t.prismaField({
    type: Connection,
    nullable: true,
    authScopes,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, args, context) => {
      const id = storeId('Connection', args.id)
      return id === null
        ? null
        : context.prisma.connection.findFirst({ ...query, where: { AND: [{ id }, reachableConnections(context)] } })
    },
  }),
  connections: t.field({
    type: ConnectionPage,
    authScopes,
    description: 'Newest first, disconnected ones included.',
    args: { filter: t.arg({ type: ConnectionFilter }), ...pageArguments(t.arg) },
    complexity: pageComplexity,
    resolve: async (_root, { filter, ...args }, context, info) => {
      const window = idWindow(args)
      const range = idRange(window)
      const query = edgeQuery(context, info, 'Connection')
      const where: Prisma.ConnectionWhereInput = { AND: [reachableConnections(context), conditions(filter ?? {})] }
      const rows = await context.prisma.connection.findMany({
        ...query,
        ...range,
        where: { AND: [where, range.where] },
      })
      return toPage(inListOrder(rows, window), window, idEdge, () => context.prisma.connection.count({ where }))
    },
  }),
}))

/** As long as what is searched. */
const longestSearch = 200

function conditions({
  status,
  system,
  customerExternalId,
  staleSince,
  search,
}: typeof ConnectionFilter.$inferInput): Prisma.ConnectionWhereInput {
  if (search && search.length > longestSearch) throw badInput(`search has at most ${longestSearch} characters.`)
  const contains = search ? ({ contains: search, mode: 'insensitive' } as const) : undefined
  return {
    ...(status ? { gate: { status: { in: status } } } : {}),
    ...(system == null ? {} : { system }),
    ...(customerExternalId == null ? {} : { customerExternalId }),
    ...(staleSince == null ? {} : { entities: { some: { enabled: true, OR: staleAt(staleSince) } } }),
    ...(contains ? { OR: [{ name: contains }, { customerName: contains }, { customerExternalId: contains }] } : {}),
  }
}

const staleAt = (moment: Date): Prisma.EntityStateWhereInput[] => [
  { lastSuccessfulSyncAt: null },
  { lastSuccessfulSyncAt: { lt: moment } },
]
