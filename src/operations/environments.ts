import type { Caller } from '../auth/caller.ts'
import type { EnvironmentKind } from '../generated/prisma/enums.ts'
import type { Database } from '../store/database.ts'
import { createEnvironment } from './create-environment.ts'
import { setCreditTotal } from './set-credit-total.ts'

/** What the owner alone can ask for; every method throws the classes of ./errors.ts for what a caller can act on. */
export interface EnvironmentOperations {
  createEnvironment(caller: Caller, input: CreateEnvironmentInput): Promise<{ environmentId: string }>
  setCreditTotal(caller: Caller, input: { environment: string; total: number }): Promise<{ environmentId: string }>
}

export interface CreateEnvironmentInput {
  name: string
  kind: EnvironmentKind
  /** Null or absent: 100. */
  credits?: number | null
}

export function createEnvironmentOperations(db: Database): EnvironmentOperations {
  return { createEnvironment: createEnvironment(db), setCreditTotal: setCreditTotal(db) }
}
