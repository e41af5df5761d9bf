import type { Context } from '../context.ts'

// What a mutation returns was just reached by its operation, so these look it up without asking again who may see it.

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
