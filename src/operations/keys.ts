import type { Caller } from '../auth/caller.ts'
import type { Scope } from '../generated/prisma/enums.ts'
import type { TargetName } from '../secrets/delivery.ts'
import type { Database } from '../store/database.ts'
import { createApiKey } from './create-api-key.ts'
import type { DeliveryDeps } from './deliver-token.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { revokeConnectionToken } from './revoke-connection-token.ts'
import { rotateApiKey, type RotateApiKeyInput } from './rotate-api-key.ts'
import { rotateConnectionToken, type RotateConnectionTokenInput } from './rotate-connection-token.ts'
import type { HandedOver, TokenDelivery } from './rotate-secret.ts'
import { setTokenRotation, type SetTokenRotationInput } from './set-token-rotation.ts'

/** What a caller can ask for about keys and tokens; every method throws the classes of ./errors.ts for what a caller can act on. */
export interface KeyOperations {
  createApiKey(caller: Caller, input: CreateApiKeyInput): Promise<CreatedApiKey>
  rotateApiKey(caller: Caller, input: RotateApiKeyInput): Promise<CreatedApiKey>
  revokeApiKey(caller: Caller, input: { apiKeyId: string }): Promise<{ apiKeyId: string }>
  rotateConnectionToken(
    caller: Caller,
    input: RotateConnectionTokenInput,
  ): Promise<HandedOver & { connectionId: string }>
  revokeConnectionToken(caller: Caller, input: { connectionId: string }): Promise<{ connectionId: string }>
  setTokenRotation(caller: Caller, input: SetTokenRotationInput): Promise<{ connectionId: string }>
}

export interface KeyDeps extends DeliveryDeps {
  db: Database
}

export interface CreateApiKeyInput {
  name: string
  /** Name of the environment; a key may name its own only. */
  environment: string
  scopes: readonly Scope[]
  expiresAt?: Date | null
  deliverTo?: TargetName | null
  idempotencyKey?: string | null
}

export interface CreatedApiKey {
  apiKeyId: string
  /** Shown this once; null when delivered, and in a replay of an idempotency key. */
  key: string | null
  tokenDelivery: TokenDelivery
}

export function createKeyOperations(deps: KeyDeps): KeyOperations {
  return {
    createApiKey: createApiKey(deps),
    rotateApiKey: rotateApiKey(deps),
    revokeApiKey: revokeApiKey(deps),
    rotateConnectionToken: rotateConnectionToken(deps),
    revokeConnectionToken: revokeConnectionToken(deps),
    setTokenRotation: setTokenRotation(deps),
  }
}
