import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type PrismaTypes from '../generated/pothos.ts'
import { getDatamodel } from '../generated/pothos.ts'
import { fieldComplexity } from './complexity.ts'
import type { Context } from './context.ts'
import type { Demands } from './demands.ts'
import { forbidden } from './errors.ts'

interface SchemaShape {
  Context: Context
  PrismaTypes: PrismaTypes
  AuthScopes: Demands
  DefaultFieldNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | string }
    Date: { Input: string; Output: string }
    Decimal: { Input: string; Output: string }
    BigInt: { Input: bigint; Output: bigint }
    JSON: { Input: unknown; Output: unknown }
    Duration: { Input: string; Output: string }
  }
}

/** What Pothos' own types take as the schema they belong to. */
export type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaShape>

export const builder = new SchemaBuilder<SchemaShape>({
  // errors outermost, so that it sees what the others throw; scope-auth before relay and prisma, whose resolvers it must wrap
  plugins: [ErrorsPlugin, ScopeAuthPlugin, ComplexityPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  prisma: { client: (context) => context.prisma, dmmf: getDatamodel(), onUnusedQuery: null },
  relay: { nodeQueryOptions: false, nodesQueryOptions: false },
  scopeAuth: {
    authScopes: ({ session: { caller } }) => ({
      authenticated: true,
      environment: caller.connectionId === null,
      owner: caller.kind === 'OWNER',
      scope: (scope) => caller.scopes.has(scope),
    }),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, _context, info) => forbidden(`${info.parentType.name}.${info.fieldName}`),
  },
  errors: {
    directResult: true,
    defaultUnionOptions: { name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result` },
  },
  // the check itself runs before execution, for subscriptions too: see limits.ts
  complexity: { disabled: true, fieldComplexity, defaultListMultiplier: 1 },
})

builder.queryType({ description: 'An unknown object, and one that the caller may not see, is null.' })
builder.mutationType({
  description:
    'Each returns its payload or one of the errors that a caller can act on. Reading what a payload leads to takes the scope that reading it takes ' +
    'anywhere: a mutation that selects, as a field that cannot be null, what its caller may not read is FORBIDDEN before it does anything.',
})
builder.subscriptionType({
  description:
    'Over WebSocket (graphql-transport-ws) and over SSE, both at /graphql. To resume, pass the last sequence received as `after`. A credential holds ' +
    'at most 100 streams of a server at a time: more are RATE_LIMITED, over SSE with HTTP 429 and Retry-After before the stream.',
})
