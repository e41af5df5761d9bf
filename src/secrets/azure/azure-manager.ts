import type { SecretClient } from '@azure/keyvault-secrets'
import type { SecretManager } from '../remote-store.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'
import { azureFailure, azureTitle, statusOf } from './azure-client.ts'

const pollEveryMs = 200

/** Source credentials in Azure Key Vault, each a secret named by the prefix and an id of its own. */
export function createAzureManager(client: SecretClient, prefix: string): SecretManager {
  const nameFor = (id: string) => prefix + id

  return {
    scheme: 'azure',
    title: azureTitle,
    async write(id, secret, abortSignal) {
      // after an attempt whose answer was lost this makes a second version of the same value
      await client.setSecret(nameFor(id), secret, { abortSignal, contentType: 'application/json' }).catch(rethrow)
    },
    async read(id, abortSignal) {
      try {
        const { value } = await client.getSecret(nameFor(id), { abortSignal })
        if (value !== undefined) return value
      } catch (error) {
        if (statusOf(error) !== 404) throw azureFailure(error)
      }
      throw new SecretMissing(`The secret is not in ${azureTitle} any more: it was deleted there.`)
    },
    async remove(id, abortSignal) {
      const name = nameFor(id)
      try {
        const deletion = await client.beginDeleteSecret(name, { abortSignal, intervalInMs: pollEveryMs })
        await deletion.pollUntilDone({ abortSignal })
      } catch (error) {
        // 404: deleted, by us or by others, and perhaps not purged; 409: an earlier attempt's deletion is under way
        if (statusOf(error) === 409)
          throw new SecretStoreUnavailable(`${azureTitle} is still deleting the secret (status 409).`)
        if (statusOf(error) !== 404) throw azureFailure(error)
      }
      await purge(name, abortSignal)
    },
  }

  /** What may not be purged, by policy or by purge protection, is deleted all the same, and goes when the vault's retention ends. */
  async function purge(name: string, abortSignal: AbortSignal): Promise<void> {
    try {
      await client.purgeDeletedSecret(name, { abortSignal })
    } catch (error) {
      if (statusOf(error) === 404) return
      const failure = azureFailure(error)
      if (!(failure instanceof SecretStoreDenied)) throw failure
    }
  }
}

const rethrow = (error: unknown) => {
  throw azureFailure(error)
}
