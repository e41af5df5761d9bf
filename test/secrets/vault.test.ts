import { createVaultManager } from '../../src/secrets/vault/vault-manager.ts'
import { describeRemoteStore, type ManagerRig } from './remote-store-suite.ts'
import { startVaultRig } from './vault-rig.ts'

describeRemoteStore('Vault, on an OpenBao server', { enforces: true, start })

async function start(): Promise<ManagerRig> {
  const { bao, clientFor, credentials } = await startVaultRig()

  return {
    url: bao.url,
    credentials,
    open: async (url, access) => createVaultManager(clientFor(url, access), 'secret/syncline/'),
    async kept() {
      const { status, body } = await bao.call('LIST', 'secret/metadata/syncline')
      if (status === 404) return []
      const ids: string[] = body.data.keys
      const alive = await Promise.all(
        ids.map(async (id) => (await bao.call('GET', `secret/data/syncline/${id}`)).status === 200),
      )
      return ids.filter((_, index) => alive[index]).sort()
    },
    async deleteBehindOurBack(id) {
      await bao.call('DELETE', `secret/data/syncline/${id}`)
    },
    throttling: (seconds) => ({
      status: 429,
      headers: { 'retry-after': String(seconds) },
      body: '{"errors":["quota"]}',
    }),
    isWrite: ({ method, path }) => method === 'POST' && path.startsWith('/v1/secret/data/'),
    stop: bao.stop,
  }
}
