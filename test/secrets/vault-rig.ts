import { createVaultClient, type VaultAppRole, type VaultCall } from '../../src/secrets/vault/vault-client.ts'
import { vaultPolicy } from './documented-policies.ts'
import { type OpenBao, startOpenBao } from './servers/openbao.ts'

export interface VaultRig {
  bao: OpenBao
  /** Role and secret ids. */
  credentials: string[]
  roles: Record<'full' | 'worker' | 'delivery', VaultAppRole>
  /** `none`: a token that may look itself up, and nothing else. */
  clientFor(url: string, access: 'full' | 'worker' | 'delivery' | 'none'): VaultCall
}

/** An OpenBao server with the policies of docs/secrets.md, each with an AppRole. */
export async function startVaultRig(): Promise<VaultRig> {
  const bao = await startOpenBao()
  await bao.call('POST', 'sys/auth/approle', { type: 'approle' })
  const roles = {
    full: await appRole(bao, 'syncline-api'),
    worker: await appRole(bao, 'syncline-worker'),
    delivery: await appRole(bao, 'syncline-delivery'),
  }
  const token: string = (await bao.call('POST', 'auth/token/create', { policies: ['default'] })).body.auth.client_token
  return {
    bao,
    roles,
    credentials: [...Object.values(roles).map(({ secretId }) => secretId), token],
    clientFor: (address, access) => createVaultClient({ address, auth: access === 'none' ? { token } : roles[access] }),
  }
}

export async function appRole(
  bao: OpenBao,
  name: string,
  settings: object = { token_ttl: '1h' },
): Promise<VaultAppRole> {
  await bao.call('PUT', `sys/policies/acl/${name}`, { policy: vaultPolicy(name) })
  await bao.call('POST', `auth/approle/role/${name}`, { token_policies: name, ...settings })
  return {
    roleId: (await bao.call('GET', `auth/approle/role/${name}/role-id`)).body.data.role_id,
    secretId: (await bao.call('POST', `auth/approle/role/${name}/secret-id`)).body.data.secret_id,
  }
}
