import type { DeliveryTarget } from '../delivery-target.ts'
import { type Patience, patiently } from '../patience.ts'
import { SecretStoreUnavailable } from '../secret-store.ts'
import { type KvPath, kvPath, noMount, writeVersion } from './kv.ts'
import { type VaultCall, vaultTitle } from './vault-client.ts'

/** How often somebody else may be quicker within one attempt. */
const rounds = 3

/**
 * Tokens as new versions of secrets in Vault, field `token`. It reads no value, only which version is current (the policy allows no more): an attempt
 * whose answer was lost is followed by a second version with the same token.
 */
export function createVaultDelivery(call: VaultCall, patience: Patience): DeliveryTarget {
  async function currentVersion(path: KvPath, signal: AbortSignal): Promise<number> {
    const { status, data, complains } = await call({ method: 'GET', path: path.metadata, signal })
    if (status === 404 && complains) throw noMount(path.name)
    if (status === 400) throw new SecretStoreUnavailable('Vault does not serve the mount yet (status 400).')
    return typeof data['current_version'] === 'number' ? data['current_version'] : 0
  }

  return {
    write: (name, token) =>
      patiently(vaultTitle, patience, async (signal) => {
        const path = kvPath(name)
        for (let round = 0; round < rounds; round++) {
          const after = await currentVersion(path, signal)
          if (await writeVersion(call, path, { after, data: { token }, signal })) return
        }
        throw new SecretStoreUnavailable(
          'Vault does not take the write (status 400): others write there too, or the mount is not ready.',
        )
      }),
  }
}
