import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets'
import { networkCode, retryAfterMs } from '../patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'

export interface AzureSettings {
  vaultUrl: string
  /** Unset: DefaultAzureCredential: workload identity, managed identity, then a developer's own signs-in. */
  clientSecret?: { tenantId: string; clientId: string; clientSecret: string } | undefined
  /** How requests travel; the SDK's own way unless given. */
  httpClient?: SecretClientOptions['httpClient']
}

export const azureTitle = 'Azure Key Vault'

/** The SDK is loaded here alone: other stores start without it. */
export async function openAzure({ vaultUrl, clientSecret, httpClient }: AzureSettings): Promise<SecretClient> {
  const [{ SecretClient }, { ClientSecretCredential, DefaultAzureCredential }] = await Promise.all([
    import('@azure/keyvault-secrets'),
    import('@azure/identity'),
  ])
  const options = { retryOptions: { maxRetries: 0 }, ...(httpClient === undefined ? {} : { httpClient }) } // patience.ts retries
  const credential = clientSecret
    ? new ClientSecretCredential(clientSecret.tenantId, clientSecret.clientId, clientSecret.clientSecret, options)
    : new DefaultAzureCredential(options)
  return new SecretClient(vaultUrl, credential, options)
}

const ofIdentity = new Set([
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
  'CredentialUnavailableError',
])

/** Whatever a call of the SDK has thrown, as one of ours. Of its message nothing is kept. */
export function azureFailure(error: unknown): SecretStoreUnavailable | SecretStoreDenied {
  const status = statusOf(error)
  const retryAfter = retryAfterMs(headerOf(error, 'retry-after'))
  if (status === 429) {
    return new SecretStoreUnavailable(`${azureTitle} is throttling (status 429).`, undefined, retryAfter)
  }
  if (status !== undefined && (status >= 500 || status === 408 || status < 400)) {
    return new SecretStoreUnavailable(`${azureTitle} is not well (status ${status}).`, undefined, retryAfter)
  }
  if (error instanceof Error && ofIdentity.has(error.name)) {
    const told = status === undefined ? '' : ` (status ${status})`
    return new SecretStoreDenied(
      `${azureTitle}: Microsoft Entra gives no token${told}. Check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or the managed identity.`,
    )
  }
  if (status === undefined) {
    return new SecretStoreUnavailable(
      `${azureTitle} cannot be reached (${networkCode(error)}). Check AZURE_KEYVAULT_URL.`,
    )
  }
  if (status === 401 || status === 403) {
    return new SecretStoreDenied(
      `${azureTitle} refuses (status ${status}): the identity lacks the role for this, the vault's firewall is closed to us, or the secret is disabled. See docs/secrets.md for the roles.`,
    )
  }
  if (status === 409) {
    return new SecretStoreDenied(
      `${azureTitle} refuses (status 409): a deleted secret of that name has not been purged. Recover or purge it, or name another.`,
    )
  }
  return new SecretStoreDenied(`${azureTitle} refuses the request (status ${status}).`)
}

export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode // RestError and AuthenticationError carry it
  return typeof status === 'number' ? status : undefined
}

function headerOf(error: unknown, name: string): string | undefined {
  return (
    error as { response?: { headers?: { get?(name: string): string | undefined } } } | null
  )?.response?.headers?.get?.(name) // RestError carries it
}
