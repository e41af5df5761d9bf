import { builder } from '../builder.ts'
import { nodeId } from '../node-id.ts'
import { Connection } from './connection.ts'
import { Scope, ViewerKind } from './enums.ts'
import { Environment } from './environment.ts'
import type { Caller } from '../../auth/caller.ts'

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'Who is calling, as the credential says.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ViewerKind }),
    environment: t.prismaField({
      type: Environment,
      authScopes: { authenticated: true },
      resolve: (query, caller, _args, { prisma }) =>
        prisma.environment.findUniqueOrThrow({ ...query, where: { id: caller.environmentId } }),
    }),
    scopes: t.field({ type: [Scope], resolve: (caller) => [...caller.scopes].sort() }),
    apiKeyId: t.id({
      nullable: true,
      description:
        'The ApiKey that calls, or that opened the session which does; null for the owner and for connection tokens.',
      resolve: ({ kind, id }) => (kind === 'API_KEY' ? nodeId('ApiKey', id) : null),
    }),
    connection: t.prismaField({
      type: Connection,
      authScopes: { scope: 'CONNECTIONS_READ' },
      nullable: true,
      description: 'The one connection that a connection token reaches; null for keys.',
      resolve: (query, { connectionId }, _args, { prisma }) =>
        connectionId === null ? null : prisma.connection.findUnique({ ...query, where: { id: connectionId } }),
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    authScopes: { authenticated: true },
    resolve: (_root, _args, { session }) => session.caller,
  }),
)
