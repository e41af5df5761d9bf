import type { GraphQLSchema } from 'graphql'
import { builder } from './builder.ts'
import './scalars.ts'
import './types/error.ts'
import './types/viewer.ts'
import './types/node.ts'
import './types/system.ts'
import './types/environment.ts'
import './types/credits.ts'
import './types/connection.ts'
import './types/entity-state.ts'
import './types/entity-run.ts'
import './types/sync-run.ts'
import './types/record-types.ts'
import './types/change.ts'
import './types/api-key.ts'
import './types/audit-entry.ts'
import './types/connection-mutations.ts'
import './types/sync-mutations.ts'
import './types/subscriptions.ts'

export function buildSchema(): GraphQLSchema {
  return builder.toSchema()
}
