import { createVaultDelivery } from '../../src/secrets/vault/vault-delivery.ts'
import { type DeliveryRig, describeDelivery } from './delivery-suite.ts'
import { startVaultRig } from './vault-rig.ts'

describeDelivery('delivery into Vault, on an OpenBao server', {
  enforces: true,
  keepsVersions: true,
  knowsRepetitions: false,
  start,
})

async function start(): Promise<DeliveryRig> {
  const { bao, clientFor, credentials } = await startVaultRig()
  const at = (kind: string, name: string) => name.replace('secret/', `secret/${kind}/`)
  return {
    url: bao.url,
    credentials,
    prefix: 'secret/customers/',
    forbidden: 'secret/syncline/mine',
    open: async (url, access, patience) => createVaultDelivery(clientFor(url, access), patience),
    read: async (name) => (await bao.call('GET', at('data', name))).body.data.data.token,
    async versions(name) {
      const { status, body } = await bao.call('GET', at('metadata', name))
      return status === 404 ? 0 : body.data.current_version
    },
    throttling: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) } }),
    isWrite: ({ method }) => method === 'POST',
    stop: bao.stop,
  }
}
