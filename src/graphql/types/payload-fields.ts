import type { Context } from '../context.ts'

// What a mutation returns was just reached by its operation, so these look it up without asking again in whose environment it is. To read it takes
// the scope that reading it takes anywhere: mutation-scopes.ts asks for it before anything is done.

export const connectionDemands = {
  authScopes: { scope: 'CONNECTIONS_READ' },
  description: 'Needs CONNECTIONS_READ.',
} as const

export const syncRunDemands = { authScopes: { scope: 'SYNCS_READ' }, description: 'Needs SYNCS_READ.' } as const

export function connectionField(
  query: object,
  { connectionId }: { connectionId: string },
  _args: object,
  { prisma }: Context,
) {
  return prisma.connection.findUniqueOrThrow({ ...query, where: { id: connectionId } })
}

export function syncRunField(query: object, { syncRunId }: { syncRunId: string }, _args: object, { prisma }: Context) {
  return prisma.syncRun.findUniqueOrThrow({ ...query, where: { id: syncRunId } })
}

export function apiKeyField(query: object, { apiKeyId }: { apiKeyId: string }, _args: object, { prisma }: Context) {
  return prisma.apiKey.findUniqueOrThrow({ ...query, where: { id: apiKeyId } })
}
