import { managerVariables, readConfig, secretVariables, wrongVariables } from '../config.ts'
import type { AwsSettings } from './aws/aws-client.ts'
import type { AzureSettings } from './azure/azure-client.ts'
import { type DeliveryPrefix, type DeliveryStore, isPrefix, startsUnder } from './delivery-prefixes.ts'
import type { EncryptionKey } from './seal.ts'
import type { VaultSettings } from './vault/vault-client.ts'

/** What is needed to open the stores in use: the one that SECRET_STORE names, and those into which tokens may be delivered. */
export interface SecretSettings {
  store: 'local' | DeliveryStore
  /** Of Syncline's own secrets in a secret manager. */
  prefix: string
  /** Of the local store; empty where it is neither written nor read. */
  keyRing: readonly EncryptionKey[]
  vault?: VaultSettings
  aws?: AwsSettings
  azure?: AzureSettings
  deliveryPrefixes: readonly DeliveryPrefix[]
}

const usualPrefix: Record<DeliveryStore, string> = { vault: 'secret/syncline/', aws: 'syncline/', azure: 'syncline-' }

type Environment = Parameters<typeof readConfig>[1]

/** Throws StartError naming each variable that the stores in use lack, or that does not go with another. */
export function readSecretSettings(environment: Environment): SecretSettings {
  const config = readConfig(secretVariables, environment)
  const { SECRET_STORE: store, SYNCLINE_DELIVERY_TARGETS: deliveryPrefixes, SYNCLINE_ENCRYPTION_KEYS: keyRing } = config
  const prefix = store === 'local' ? '' : (config.SECRET_STORE_PREFIX ?? usualPrefix[store])
  const problems = [...prefixProblems(store, prefix, deliveryPrefixes)]
  if (store === 'local' && !keyRing) problems.push('SYNCLINE_ENCRYPTION_KEYS is not set, and SECRET_STORE is local')

  const settings: SecretSettings = { store, prefix, keyRing: keyRing ?? [], deliveryPrefixes }
  for (const one of new Set([store, ...deliveryPrefixes.map((allowed) => allowed.store)])) {
    if (one === 'local') continue
    const why = store === one ? `SECRET_STORE is ${one}` : `SYNCLINE_DELIVERY_TARGETS names ${one}`
    Object.assign(
      settings,
      managerSettings[one](environment, (problem) => problems.push(`${problem}, and ${why}`)),
    )
  }
  if (problems.length > 0) throw wrongVariables(problems)
  return settings
}

function* prefixProblems(store: SecretSettings['store'], prefix: string, allowed: readonly DeliveryPrefix[]) {
  if (store === 'local') return
  if (!isPrefix(store, prefix)) yield `SECRET_STORE_PREFIX is not a prefix like ${usualPrefix[store]}`
  for (const one of allowed) {
    const overlap = startsUnder(store, one.prefix, prefix) || startsUnder(store, prefix, one.prefix)
    if (one.store === store && overlap) {
      yield `SYNCLINE_DELIVERY_TARGETS allows ${one.prefix}, where Syncline's own secrets are (${prefix})`
    }
  }
}

type ReadManager = (environment: Environment, problem: (text: string) => void) => Partial<SecretSettings>

const managerSettings: Record<DeliveryStore, ReadManager> = {
  vault(environment, problem) {
    const config = readConfig(managerVariables.vault, environment)
    const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace, VAULT_TOKEN: token } = config
    const { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId } = config
    if (address === undefined) problem('VAULT_ADDR is not set')
    const appRole = roleId !== undefined && secretId !== undefined ? { roleId, secretId } : undefined
    if (token !== undefined && (roleId ?? secretId) !== undefined)
      problem('VAULT_TOKEN is set beside an AppRole (VAULT_ROLE_ID, VAULT_SECRET_ID)')
    else if (token === undefined && roleId === undefined && secretId === undefined)
      problem('neither VAULT_TOKEN nor VAULT_ROLE_ID with VAULT_SECRET_ID is set')
    else if (token === undefined && !appRole)
      problem(`${roleId === undefined ? 'VAULT_ROLE_ID' : 'VAULT_SECRET_ID'} is not set`)
    const auth = token === undefined ? appRole : { token }
    return address && auth ? { vault: { address, namespace, auth } } : {}
  },

  aws(environment, problem) {
    const { AWS_REGION: region, AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint } = readConfig(
      managerVariables.aws,
      environment,
    )
    if (region === undefined) problem('AWS_REGION is not set')
    return region ? { aws: { region, endpoint } } : {}
  },

  azure(environment, problem) {
    const config = readConfig(managerVariables.azure, environment)
    const { AZURE_KEYVAULT_URL: vaultUrl, AZURE_CLIENT_SECRET: clientSecret } = config
    const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId } = config
    if (vaultUrl === undefined) problem('AZURE_KEYVAULT_URL is not set')
    // without the secret the other two can belong to a managed identity or a workload identity
    if (clientSecret !== undefined && tenantId === undefined)
      problem('AZURE_TENANT_ID is not set beside AZURE_CLIENT_SECRET')
    if (clientSecret !== undefined && clientId === undefined)
      problem('AZURE_CLIENT_ID is not set beside AZURE_CLIENT_SECRET')
    const known = clientSecret && tenantId && clientId ? { tenantId, clientId, clientSecret } : undefined
    return vaultUrl ? { azure: { vaultUrl, clientSecret: known } } : {}
  },
}
