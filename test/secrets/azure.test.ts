import { createAzureManager } from '../../src/secrets/azure/azure-manager.ts'
import { startAzureRig } from './azure-rig.ts'
import { describeRemoteStore, type ManagerRig } from './remote-store-suite.ts'

const prefix = 'syncline-'

describeRemoteStore('Azure Key Vault, on a stand-in', { enforces: true, start })

async function start(): Promise<ManagerRig> {
  const { vault, credentials, open } = await startAzureRig()
  return {
    url: vault.url,
    credentials,
    open: async (url, access) => createAzureManager(await open(url, access), prefix),
    kept: async () => [...vault.live().keys()].map((name) => name.slice(prefix.length)).sort(),
    deleteBehindOurBack: async (id) => vault.delete(prefix + id),
    throttling: (seconds) => ({
      status: 429,
      headers: { 'content-type': 'application/json', 'retry-after': String(seconds) },
      body: '{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received."}}',
    }),
    isWrite: ({ method, path }) => method === 'PUT' && path.startsWith('/secrets/'),
    stop: async () => vault.close(),
  }
}
