import { queryFromInfo } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import type { Context } from './context.ts'

/** What Prisma has to load with the nodes of the list that is being resolved, so that nested selections cost no statement a row. */
export function edgeQuery(context: Context, info: GraphQLResolveInfo, typeName: string): object {
  return queryFromInfo({ context, info, typeName, path: ['edges', 'node'] })
}
