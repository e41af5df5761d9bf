import type { Caller } from '../auth/caller.ts'
import { parseSystem } from './connection-input.ts'
import type { OperationDeps } from './deps.ts'
import type { TestConnectionInput } from './operations.ts'
import { checkSource } from './source-check.ts'

/** What the source can serve with these credentials. Stores nothing. */
export const testConnection = (deps: OperationDeps) => async (_caller: Caller, input: TestConnectionInput) => ({
  entities: await checkSource(deps, parseSystem(deps.connectors, input)),
})
