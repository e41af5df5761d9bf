import type { SecretManager } from '../remote-store.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'
import { kvPath, noMount, writeVersion } from './kv.ts'
import { record, type VaultCall, vaultTitle } from './vault-client.ts'

/** Source credentials in a KV version 2 mount of Vault, each under an id of its own below the prefix (`mount/path/`). */
export function createVaultManager(call: VaultCall, prefix: string): SecretManager {
  const at = (id: string) => kvPath(prefix + id)

  async function read(id: string, signal: AbortSignal): Promise<string> {
    const { status, data, complains } = await call({ method: 'GET', path: at(id).data, signal })
    if (status === 404 && complains) throw noMount(prefix)
    // deleted softly or destroyed: a 404 that tells of the version
    if (status === 404) throw new SecretMissing('The secret is not in Vault any more: it was deleted there.')
    if (status === 400) throw new SecretStoreUnavailable('Vault does not serve the mount yet (status 400).')
    const { value } = record(data['data'])
    if (typeof value === 'string') return value
    throw new SecretMissing('What Vault holds under the reference is not what Syncline has written.')
  }

  return {
    scheme: 'vault',
    title: vaultTitle,
    read,
    async write(id, secret, signal) {
      const path = at(id)
      // ids are never used twice: what is there already was written by an attempt whose answer was lost
      if (await writeVersion(call, path, { after: 0, data: { value: secret }, signal })) return
      const stored = await read(id, signal).catch((error: unknown) => {
        if (error instanceof SecretMissing) return undefined
        throw error
      })
      if (stored === undefined) throw new SecretStoreUnavailable('Vault does not take the write yet (status 400).')
      if (stored !== secret) throw new SecretStoreDenied('Vault holds another secret under an id that was just made.')
    },
    async remove(id, signal) {
      const { status, complains } = await call({ method: 'DELETE', path: at(id).metadata, signal })
      if (status === 404 && complains) throw noMount(prefix)
      if (status === 400) throw new SecretStoreUnavailable('Vault does not serve the mount yet (status 400).')
    },
  }
}
