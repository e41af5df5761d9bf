import { usualPatience } from '../patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'
import type { VaultAnswer, VaultAppRole, VaultRequest } from './vault-client.ts'

export interface VaultSession {
  /** A token that holds, as far as is known. */
  token(): Promise<string>
  /** Whether Vault still knows the token; one that it does not is forgotten. */
  holds(token: string, signal: AbortSignal): Promise<boolean>
}

/** Of its life, a token is used for this part: the rest is for clocks that run apart and for requests under way. */
const usedShare = 0.8

/** Logs in with an AppRole: once for all who ask at the same time, and again shortly before the lease ends. */
export function createVaultSession(
  { roleId, secretId }: VaultAppRole,
  call: (request: VaultRequest, token: string | undefined) => Promise<VaultAnswer>,
): VaultSession {
  let lease: { token: string; endsAt: number } | undefined
  let login: Promise<string> | undefined

  async function logIn(): Promise<string> {
    const askedAt = performance.now()
    const { status, auth } = await call(
      {
        method: 'POST',
        path: 'auth/approle/login',
        body: { role_id: roleId, secret_id: secretId },
        // not the asker's: others wait for the same login
        signal: AbortSignal.timeout(usualPatience.attemptMs),
      },
      undefined,
    )
    if (status >= 400) {
      throw new SecretStoreDenied(
        `Vault refuses the AppRole (status ${status}). Check VAULT_ROLE_ID, VAULT_SECRET_ID and that AppRole is enabled at auth/approle.`,
      )
    }
    const { client_token: token, lease_duration: seconds } = auth
    if (typeof token !== 'string' || typeof seconds !== 'number') {
      throw new SecretStoreUnavailable('Vault has answered a login without a token.')
    }
    lease = { token, endsAt: seconds === 0 ? Infinity : askedAt + seconds * 1_000 * usedShare }
    return token
  }

  return {
    async token() {
      if (lease && performance.now() < lease.endsAt) return lease.token
      login ??= logIn().finally(() => {
        login = undefined
      })
      return login
    },
    async holds(token, signal) {
      try {
        await call({ method: 'GET', path: 'auth/token/lookup-self', signal }, token)
        return true
      } catch (error) {
        if (!(error instanceof SecretStoreDenied)) throw error
        if (lease?.token === token) lease = undefined
        return false
      }
    },
  }
}
