import type { SecretClient } from '@azure/keyvault-secrets'
import type { DeliveryTarget } from '../delivery-target.ts'
import { type Patience, patiently } from '../patience.ts'
import { azureFailure, azureTitle } from './azure-client.ts'

/**
 * Tokens as new versions of secrets in Azure Key Vault. It may only set, not read: an attempt whose answer was lost is followed by a second version
 * with the same token.
 */
export function createAzureDelivery(client: SecretClient, patience: Patience): DeliveryTarget {
  return {
    write: (name, token) =>
      patiently(azureTitle, patience, async (abortSignal) => {
        try {
          await client.setSecret(name, token, { abortSignal })
        } catch (error) {
          throw azureFailure(error)
        }
      }),
  }
}
