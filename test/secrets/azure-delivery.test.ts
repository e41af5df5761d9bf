import { createAzureDelivery } from '../../src/secrets/azure/azure-delivery.ts'
import { startAzureRig } from './azure-rig.ts'
import { type DeliveryRig, describeDelivery } from './delivery-suite.ts'

// Key Vault's roles are of a whole vault: no name is forbidden but one that cannot be
describeDelivery('delivery into Azure Key Vault, on a stand-in', {
  enforces: true,
  keepsVersions: true,
  knowsRepetitions: false,
  start,
})

async function start(): Promise<DeliveryRig> {
  const { vault, credentials, open } = await startAzureRig()
  return {
    url: vault.url,
    credentials,
    prefix: 'customers-',
    forbidden: 'not_a_name',
    open: async (url, access, patience) => createAzureDelivery(await open(url, access), patience),
    read: async (name) => vault.live().get(name)?.at(-1),
    versions: async (name) => vault.live().get(name)?.length ?? 0,
    throttling: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) } }),
    isWrite: ({ method }) => method === 'PUT',
    stop: async () => vault.close(),
  }
}
