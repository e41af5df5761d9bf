import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A stand-in for Azure Key Vault's secrets and Entra's token endpoint: statuses, codes and shapes as recorded from the real ones. Nothing that can
 * be obtained plays them faithfully. It speaks HTTP; how the SDK gets here over what it believes to be HTTPS: azure-rig.ts.
 */
export interface KeyVault {
  url: string
  /** Live secrets, each with its values, oldest first. */
  live(): Map<string, string[]>
  /** Those that are deleted and can be recovered. */
  deleted(): string[]
  set(name: string, value: string): void
  delete(name: string): void
  disable(name: string): void
  /** A deletion takes this long until the secret is in the deleted ones. */
  deletionMs: number
  purgeProtected: boolean
  close(): void
}

export interface KeyVaultClient {
  id: string
  secret: string
  /** Data actions, as of a custom role. */
  actions: readonly string[]
}

export const vaultUrl = 'https://syncline-test.vault.azure.net'
export const tenantId = '00000000-0000-0000-0000-000000000001'

interface Version {
  version: string
  value: string
  enabled: boolean
}

interface Secret {
  name: string
  versions: Version[]
  deletedAt?: number
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly inner?: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message)
  }
}

interface Request {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: string
}

type Reply = [status: number, body?: unknown]

export async function startKeyVault(clients: readonly KeyVaultClient[]): Promise<KeyVault> {
  const secrets = new Map<string, Secret>()
  const tokens = new Map<string, readonly string[]>()
  const key = (name: string) => name.toLowerCase()
  const challenge = `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="https://vault.azure.net"`

  const live = (name: string): Secret => {
    const secret = secrets.get(key(name))
    if (secret && secret.deletedAt === undefined) return secret
    throw new Refusal(404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault.`)
  }
  const isReady = ({ deletedAt = 0 }: Secret) => Date.now() >= deletedAt + vault.deletionMs
  const dead = (name: string): Secret => {
    const secret = secrets.get(key(name))
    if (secret?.deletedAt !== undefined && isReady(secret)) return secret
    throw new Refusal(404, 'SecretNotFound', `Deleted Secret not found: ${name}`)
  }
  const bundle = ({ name, versions }: Secret, withValue: boolean) => {
    const last = versions.at(-1)
    const attributes = { enabled: last?.enabled, created: 1, updated: 1, recoveryLevel: 'Recoverable+Purgeable' }
    return {
      ...(withValue ? { value: last?.value } : {}),
      id: `${vaultUrl}/secrets/${name}/${last?.version}`,
      attributes,
    }
  }
  const deletedBundle = (secret: Secret) => ({
    ...bundle(secret, false),
    recoveryId: `${vaultUrl}/deletedsecrets/${secret.name}`,
    deletedDate: 1,
    scheduledPurgeDate: 2,
  })

  function set(name: string, value: string): Secret {
    const secret = secrets.get(key(name)) ?? { name, versions: [] }
    if (secret.deletedAt !== undefined) {
      const [inner, text] = isReady(secret)
        ? (['ObjectIsDeletedButRecoverable', 'is currently in a deleted but recoverable state'] as const)
        : (['ObjectIsBeingDeleted', 'is currently being deleted and cannot be re-created; retry later'] as const)
      throw new Refusal(409, 'Conflict', `Secret ${name} ${text}.`, inner)
    }
    secret.versions.push({ version: randomUUID().replaceAll('-', ''), value, enabled: true })
    secrets.set(key(name), secret)
    return secret
  }

  function tokenFor({ actions }: KeyVaultClient): string {
    const token = randomBytes(24).toString('base64url')
    tokens.set(token, actions)
    return token
  }

  function entra({ url, headers, body }: Request): Reply | undefined {
    if (url.pathname.endsWith('/discovery/instance')) {
      return [
        200,
        {
          tenant_discovery_endpoint: `https://login.microsoftonline.com/${tenantId}/v2.0/.well-known/openid-configuration`,
          metadata: [],
        },
      ]
    }
    if (url.pathname.endsWith('/.well-known/openid-configuration')) {
      const base = `https://login.microsoftonline.com/${tenantId}`
      return [
        200,
        {
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
          token_endpoint: `${base}/oauth2/v2.0/token`,
          jwks_uri: `${base}/keys`,
        },
      ]
    }
    if (url.pathname === '/msi/token') {
      // as App Service gives a managed identity its tokens
      const client = clients.find(({ secret }) => secret === headers['x-identity-header'])
      if (!client || url.searchParams.get('resource') !== 'https://vault.azure.net')
        return [401, { statusCode: 401, message: 'no' }]
      const expires = Math.floor(Date.now() / 1_000) + 3_599
      return [
        200,
        {
          access_token: tokenFor(client),
          expires_on: String(expires),
          resource: 'https://vault.azure.net',
          token_type: 'Bearer',
        },
      ]
    }
    if (!url.pathname.endsWith('/oauth2/v2.0/token')) return undefined
    const form = new URLSearchParams(body)
    const client = clients.find(
      ({ id, secret }) => id === form.get('client_id') && secret === form.get('client_secret'),
    )
    if (!client || form.get('scope') !== 'https://vault.azure.net/.default') {
      return [
        401,
        {
          error: 'invalid_client',
          error_description: `AADSTS7000215: Invalid client secret provided. ${body}`,
          error_codes: [7_000_215],
        },
      ]
    }
    return [200, { token_type: 'Bearer', expires_in: 3_599, ext_expires_in: 3_599, access_token: tokenFor(client) }]
  }

  function serve({ method, url, headers, body }: Request): Reply {
    const actions = tokens.get(headers.authorization?.slice('Bearer '.length) ?? '')
    if (!actions) {
      throw new Refusal(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.', undefined, {
        'www-authenticate': challenge,
      })
    }
    if (!url.searchParams.get('api-version')) throw new Refusal(400, 'BadParameter', 'api-version must be specified')
    const need = (action: string) => {
      if (actions.includes(`Microsoft.KeyVault/vaults/secrets/${action}`)) return
      throw new Refusal(
        403,
        'Forbidden',
        `Caller is not authorized to perform action on resource.\r\nAction: '${action}'`,
        'ForbiddenByRbac',
      )
    }
    const [, kind, name = ''] = url.pathname.split('/')
    switch (`${method} ${kind}`) {
      case 'PUT secrets': {
        need('setSecret/action')
        const { value } = JSON.parse(body)
        if (!/^[0-9a-zA-Z-]{1,127}$/.test(name))
          throw new Refusal(400, 'BadParameter', `The request URI contains an invalid name: ${name}`)
        if (value.length > 25_600) throw new Refusal(400, 'BadParameter', `Property value has invalid value ${value}`)
        return [200, bundle(set(name, value), true)]
      }
      case 'GET secrets': {
        need('getSecret/action')
        const secret = live(name)
        if (!secret.versions.at(-1)?.enabled)
          throw new Refusal(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled')
        return [200, bundle(secret, true)]
      }
      case 'DELETE secrets': {
        need('delete')
        const secret = live(name)
        secret.deletedAt = Date.now()
        return [200, deletedBundle(secret)]
      }
      case 'GET deletedsecrets':
        need('getSecret/action')
        return [200, deletedBundle(dead(name))]
      case 'DELETE deletedsecrets':
        need('purge/action')
        dead(name)
        if (vault.purgeProtected)
          throw new Refusal(
            403,
            'Forbidden',
            'Operation "purge" is not allowed because purge protection is enabled.',
            'ForbiddenByPolicy',
          )
        secrets.delete(key(name))
        return [204]
      default:
        throw new Refusal(404, 'NotFound', 'no such route')
    }
  }

  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '', vaultUrl),
        headers: incoming.headers,
        body,
      }
      let reply: Reply
      let headers: Record<string, string> = {}
      try {
        reply = entra(request) ?? serve(request)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        headers = error.headers
        reply = [
          error.status,
          {
            error: {
              code: error.code,
              message: error.message,
              ...(error.inner ? { innererror: { code: error.inner } } : {}),
            },
          },
        ]
      }
      const [status, answer] = reply
      outgoing.writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        'x-ms-request-id': randomUUID(),
        ...headers,
      })
      outgoing.end(answer === undefined ? undefined : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const all = () => [...secrets.values()]
  const vault: KeyVault = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    live: () =>
      new Map(
        all().flatMap((one) =>
          one.deletedAt === undefined ? [[one.name, one.versions.map(({ value }) => value)]] : [],
        ),
      ),
    deleted: () => all().flatMap(({ name, deletedAt }) => (deletedAt === undefined ? [] : [name])),
    set: (name, value) => void set(name, value),
    delete(name) {
      live(name).deletedAt = Date.now()
    },
    disable(name) {
      for (const version of live(name).versions) version.enabled = false
    },
    deletionMs: 30,
    purgeProtected: false,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return vault
}
