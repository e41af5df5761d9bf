import { SecretStoreDenied } from '../secret-store.ts'
import type { VaultCall } from './vault-client.ts'

export interface KvPath {
  /** `mount/path`, as the operator writes it. */
  name: string
  data: string
  metadata: string
}

/** Where a secret of a KV version 2 mount lies in the API. The mount is the first segment. */
export function kvPath(name: string): KvPath {
  const [mount = '', ...path] = name.split('/')
  return { name, data: [mount, 'data', ...path].join('/'), metadata: [mount, 'metadata', ...path].join('/') }
}

export interface NewVersion {
  /** The version that must be current, or nothing is written; 0: there must be none. */
  after: number
  data: Record<string, string>
  signal: AbortSignal
}

/** Whether it was written. Not: another version is current, or a fresh mount is still being made ready; the status is the same. */
export async function writeVersion(
  call: VaultCall,
  path: KvPath,
  { after, data, signal }: NewVersion,
): Promise<boolean> {
  const answer = await call({ method: 'POST', path: path.data, body: { options: { cas: after }, data }, signal })
  if (answer.status === 400) return false
  if (answer.status === 404) throw noMount(path.name)
  if (typeof answer.data['version'] === 'number') return true
  // version 1 takes any path and writes the request as it is
  await call({ method: 'DELETE', path: path.data, signal })
  throw new SecretStoreDenied(
    `Vault's mount "${mountOf(path.name)}" is not of KV version 2. Enable versions: vault kv enable-versioning ${mountOf(path.name)}`,
  )
}

const mountOf = (name: string) => name.split('/')[0] ?? ''

export const noMount = (name: string) =>
  new SecretStoreDenied(`Vault has nothing mounted at "${mountOf(name)}" (status 404), in this namespace.`)
