import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../builder.ts'
import { pageComplexity } from '../complexity.ts'
import { edgeQuery } from '../edge-query.ts'
import { idEdge, idRange, idWindow, inListOrder } from '../id-page.ts'
import { pageType } from '../page-type.ts'
import { toPage } from '../paging.ts'
import { Scope } from './enums.ts'
import { forwardArguments } from './page-arguments.ts'
import { stillOverlapping } from './still-overlapping.ts'

const authScopes = { scope: 'KEYS_MANAGE' } as const

export const ApiKey = builder.prismaNode('ApiKey', {
  id: { field: 'id' },
  description: 'A key of one environment. Its secret is shown once, when it is made or rotated; its id stays.',
  fields: (t) => ({
    name: t.exposeString('name'),
    prefix: t.exposeString('prefix', { description: 'How its newest secret begins.' }),
    lastFour: t.exposeString('lastFour', { description: 'How its newest secret ends.' }),
    environment: t.relation('environment', { authScopes: { authenticated: true } }),
    scopes: t.expose('scopes', { type: [Scope] }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'To the minute.' }),
    overlapEndsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when secrets of before the last rotation work too; null when none does.',
      select: () => ({ secrets: stillOverlapping() }),
      resolve: ({ revokedAt, secrets }) => (revokedAt ? null : (secrets[0]?.expiresAt ?? null)),
    }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ApiKeyPage = pageType('ApiKey', ApiKey)

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyPage,
    authScopes,
    description: "The keys of the caller's environment, newest first, revoked ones included.",
    args: forwardArguments(t.arg),
    complexity: pageComplexity,
    resolve: async (_root, args, context, info) => {
      const { prisma, session } = context
      const window = idWindow(args)
      const range = idRange(window)
      const where: Prisma.ApiKeyWhereInput = { environmentId: session.caller.environmentId }
      const rows = await prisma.apiKey.findMany({
        ...edgeQuery(context, info, 'ApiKey'),
        ...range,
        where: { AND: [where, range.where] },
      })
      return toPage(inListOrder(rows, window), window, idEdge, () => prisma.apiKey.count({ where }))
    },
  }),
)
