import { createDefaultHttpClient } from '@azure/core-rest-pipeline'
import { type AzureSettings, openAzure } from '../../src/secrets/azure/azure-client.ts'
import { newCanary } from './canary.ts'
import { azureActions } from './documented-policies.ts'
import { type KeyVault, startKeyVault, tenantId, vaultUrl } from './servers/key-vault.ts'

type Access = 'full' | 'worker' | 'delivery' | 'none'

export interface AzureRig {
  vault: KeyVault
  credentials: string[]
  open(url: string, access: Access, clientSecret?: string): ReturnType<typeof openAzure>
}

/** The stand-in with the roles of docs/secrets.md. */
export async function startAzureRig(): Promise<AzureRig> {
  const roles = { full: 'Syncline API', worker: 'Syncline worker', delivery: 'Syncline delivery' }
  const clients = Object.entries(roles).map(([id, role]) => ({ id, secret: newCanary(), actions: azureActions(role) }))
  const all = [...clients, { id: 'none', secret: newCanary(), actions: [] }]
  const vault = await startKeyVault(all)
  const secretOf = (access: Access) => all.find(({ id }) => id === access)?.secret ?? ''
  return {
    vault,
    credentials: all.map(({ secret }) => secret),
    open: (url, access, clientSecret = secretOf(access)) =>
      openAzure({ vaultUrl, clientSecret: { tenantId, clientId: access, clientSecret }, httpClient: leadingTo(url) }),
  }
}

/** The SDK keeps its URLs, checks included; what it sends goes to the given address. */
export function leadingTo(url: string): NonNullable<AzureSettings['httpClient']> {
  const client = createDefaultHttpClient()
  return {
    async sendRequest(request) {
      const asked = request.url
      const { pathname, search } = new URL(asked)
      request.url = url + pathname + search
      request.allowInsecureConnection = true
      try {
        return await client.sendRequest(request)
      } finally {
        request.url = asked
      }
    },
  }
}
