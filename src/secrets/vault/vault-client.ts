import { networkCode, retryAfterMs } from '../patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'
import { createVaultSession } from './vault-session.ts'

export interface VaultSettings {
  address: string
  namespace?: string | undefined
  auth: { token: string } | VaultAppRole
}

export interface VaultAppRole {
  roleId: string
  secretId: string
}

export interface VaultRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below /v1/, each segment as it is. */
  path: string
  body?: unknown
  signal: AbortSignal
}

export interface VaultAnswer {
  /** 2xx, 400 or 404; all others are thrown. */
  status: number
  /** Of the answer's JSON: {} where there is none. Read it defensively. */
  data: Record<string, unknown>
  auth: Record<string, unknown>
  /** Whether Vault complains: a 404 without a complaint is an absent secret, one with it an absent mount. */
  complains: boolean
}

export type VaultCall = (request: VaultRequest) => Promise<VaultAnswer>

export const vaultTitle = 'Vault'

/** Calls of HashiCorp Vault's or OpenBao's HTTP API, one attempt each, told apart by status: their texts differ, and can hold what was sent. */
export function createVaultClient(settings: VaultSettings): VaultCall {
  const { auth } = settings
  if ('token' in auth) return (request) => call(settings, request, auth.token)

  const session = createVaultSession(auth, (request, token) => call(settings, request, token))
  return async (request) => {
    const token = await session.token()
    try {
      return await call(settings, request, token)
    } catch (error) {
      // a lease that was revoked looks like a policy that forbids
      if (!(error instanceof SecretStoreDenied) || (await session.holds(token, request.signal))) throw error
      return call(settings, request, await session.token())
    }
  }
}

async function call(
  { address, namespace }: VaultSettings,
  { method, path, body, signal }: VaultRequest,
  token: string | undefined,
): Promise<VaultAnswer> {
  const url = `${address.replace(/\/+$/, '')}/v1/${path.split('/').map(encodeURIComponent).join('/')}`
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      signal,
      // a redirect would carry the token to wherever it leads
      redirect: 'manual',
      headers: {
        'x-vault-request': 'true',
        ...(token === undefined ? {} : { 'x-vault-token': token }),
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    text = await response.text()
  } catch (error) {
    throw new SecretStoreUnavailable(
      `Vault cannot be reached (${networkCode(error)}). Check VAULT_ADDR and that it runs.`,
    )
  }
  const { status } = response
  if (!response.ok && status !== 400 && status !== 404) {
    throw failure(status, retryAfterMs(response.headers.get('retry-after')))
  }
  const answer = parsed(status, text)
  return {
    status,
    data: record(answer['data']),
    auth: record(answer['auth']),
    complains: Array.isArray(answer['errors']) && answer['errors'].length > 0,
  }
}

function failure(status: number, retryAfter: number | undefined): Error {
  if (status === 401 || status === 403) {
    return new SecretStoreDenied(
      `Vault refuses (status ${status}): the token is not valid, or its policy does not allow this. See docs/secrets.md for the policy.`,
    )
  }
  if (status === 429) return new SecretStoreUnavailable('Vault is throttling (status 429).', undefined, retryAfter)
  if (status === 503) {
    return new SecretStoreUnavailable('Vault is sealed or not ready (status 503).', undefined, retryAfter)
  }
  if (status >= 300 && status < 400) {
    return new SecretStoreUnavailable(
      `Vault answers with a redirect (status ${status}): a standby that does not forward. Set VAULT_ADDR to the active node or a load balancer.`,
    )
  }
  // 412: a replica that is behind
  if (status >= 500 || status === 408 || status === 412) {
    return new SecretStoreUnavailable(`Vault is not well (status ${status}).`, undefined, retryAfter)
  }
  return new SecretStoreDenied(`Vault refuses (status ${status}). Check VAULT_ADDR, VAULT_NAMESPACE and the mount.`)
}

function parsed(status: number, text: string): Record<string, unknown> {
  if (text === '') return {}
  try {
    return record(JSON.parse(text))
  } catch {
    // the parser's own message holds a piece of the text
    throw new SecretStoreUnavailable(`What answers at VAULT_ADDR (status ${status}) does not speak JSON as Vault does.`)
  }
}

export const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {} // any object is one
