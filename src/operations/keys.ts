import type { Caller } from '../auth/caller.ts'
import type { Scope } from '../generated/prisma/enums.ts'
import type { Database } from '../store/database.ts'
import { createApiKey } from './create-api-key.ts'
import { revokeApiKey } from './revoke-api-key.ts'

/** What a caller can ask for about API keys; every method throws the classes of ./errors.ts for what a caller can act on. */
export interface KeyOperations {
  createApiKey(caller: Caller, input: CreateApiKeyInput): Promise<CreatedApiKey>
  revokeApiKey(caller: Caller, input: { apiKeyId: string }): Promise<{ apiKeyId: string }>
}

export interface CreateApiKeyInput {
  name: string
  /** Name of the environment; a key may name its own only. */
  environment: string
  scopes: readonly Scope[]
  expiresAt?: Date | null
  deliverTo?: { store: string; name: string } | null
}

export interface CreatedApiKey {
  apiKeyId: string
  /** Shown this once. */
  key: string
  tokenDelivery: 'SHOWN'
}

export function createKeyOperations(db: Database): KeyOperations {
  return { createApiKey: createApiKey(db), revokeApiKey: revokeApiKey(db) }
}
