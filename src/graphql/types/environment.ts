import { builder } from '../builder.ts'
import { EnvironmentKind } from './enums.ts'

/** The wall between keys; also the holder of the credit pool (see credits.ts). */
export const Environment = builder.prismaNode('Environment', {
  id: { field: 'id' },
  description: 'A wall: a key of one environment never reaches an object of another.',
  fields: (t) => ({
    name: t.exposeString('name'),
    kind: t.expose('kind', { type: EnvironmentKind }),
  }),
})

builder.queryField('environments', (t) =>
  t.prismaField({
    type: [Environment],
    authScopes: { authenticated: true },
    description: 'Every environment for the owner; for any other caller its own.',
    resolve: (query, _root, _args, { prisma, session: { caller } }) =>
      prisma.environment.findMany({
        ...query,
        where: caller.kind === 'OWNER' ? {} : { id: caller.environmentId },
        orderBy: [{ kind: 'asc' }, { name: 'asc' }],
      }),
  }),
)
