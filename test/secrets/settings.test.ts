import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { StartError } from '../../src/config.ts'
import { readSecretSettings } from '../../src/secrets/settings.ts'

const keys = `k1:${randomBytes(32).toString('base64')}`
const vault = { VAULT_ADDR: 'https://vault.example:8200', VAULT_TOKEN: 'hvs.canary' }
const azure = { AZURE_KEYVAULT_URL: 'https://syncline.vault.azure.net' }

test('the local store is the default and needs its key ring alone', () => {
  expect(readSecretSettings({ SYNCLINE_ENCRYPTION_KEYS: keys })).toMatchObject({
    store: 'local',
    keyRing: [{ id: 'k1' }],
  })
})

test('each secret manager starts from its own variables', () => {
  expect(readSecretSettings({ SECRET_STORE: 'vault', ...vault })).toEqual({
    store: 'vault',
    prefix: 'secret/syncline/',
    keyRing: [],
    deliveryPrefixes: [],
    vault: { address: 'https://vault.example:8200', namespace: undefined, auth: { token: 'hvs.canary' } },
  })
  const role = { VAULT_ADDR: vault.VAULT_ADDR, VAULT_ROLE_ID: 'r', VAULT_SECRET_ID: 's', VAULT_NAMESPACE: 'team/a' }
  expect(readSecretSettings({ SECRET_STORE: 'vault', SECRET_STORE_PREFIX: 'kv/a/b/', ...role })).toMatchObject({
    prefix: 'kv/a/b/',
    vault: { namespace: 'team/a', auth: { roleId: 'r', secretId: 's' } },
  })
  expect(readSecretSettings({ SECRET_STORE: 'aws', AWS_REGION: 'eu-central-1' })).toMatchObject({
    prefix: 'syncline/',
    aws: { region: 'eu-central-1', endpoint: undefined },
  })
  expect(readSecretSettings({ SECRET_STORE: 'azure', ...azure })).toMatchObject({
    prefix: 'syncline-',
    azure: { vaultUrl: 'https://syncline.vault.azure.net', clientSecret: undefined },
  })
  const identity = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 'x~y' }
  expect(readSecretSettings({ SECRET_STORE: 'azure', ...azure, ...identity })).toMatchObject({
    azure: { clientSecret: { tenantId: 't', clientId: 'c', clientSecret: 'x~y' } },
  })
})

test.each([
  [{}, /^SYNCLINE_ENCRYPTION_KEYS is not set, and SECRET_STORE is local\./],
  [{ SECRET_STORE: 'gcp' }, /^SECRET_STORE /],
  [{ SYNCLINE_ENCRYPTION_KEYS: `${keys},${keys}` }, /^SYNCLINE_ENCRYPTION_KEYS names two keys alike/],
  [
    { SECRET_STORE: 'vault' },
    /^VAULT_ADDR is not set, .*; neither VAULT_TOKEN nor VAULT_ROLE_ID with VAULT_SECRET_ID is set, and SECRET_STORE is vault/,
  ],
  [{ SECRET_STORE: 'vault', ...vault, VAULT_ADDR: 'vault:8200' }, /^VAULT_ADDR is not a URL like/],
  [{ SECRET_STORE: 'vault', ...vault, VAULT_TOKEN: 'canary with a space' }, /^VAULT_TOKEN holds a space/],
  [{ SECRET_STORE: 'vault', ...vault, VAULT_ROLE_ID: 'r' }, /^VAULT_TOKEN is set beside an AppRole/],
  [{ SECRET_STORE: 'vault', VAULT_ADDR: vault.VAULT_ADDR, VAULT_ROLE_ID: 'r' }, /^VAULT_SECRET_ID is not set/],
  [{ SECRET_STORE: 'vault', VAULT_ADDR: vault.VAULT_ADDR, VAULT_SECRET_ID: 'canary' }, /^VAULT_ROLE_ID is not set/],
  [
    { SECRET_STORE: 'vault', ...vault, SECRET_STORE_PREFIX: 'kv' },
    /^SECRET_STORE_PREFIX is not a prefix like secret\/syncline\//,
  ],
  [{ SECRET_STORE: 'vault', ...vault, SECRET_STORE_PREFIX: 'kv/../' }, /^SECRET_STORE_PREFIX/],
  [{ SECRET_STORE: 'aws' }, /^AWS_REGION is not set, and SECRET_STORE is aws/],
  [
    { SECRET_STORE: 'aws', AWS_REGION: 'eu', AWS_ENDPOINT_URL_SECRETS_MANAGER: 'x' },
    /^AWS_ENDPOINT_URL_SECRETS_MANAGER is not a URL/,
  ],
  [{ SECRET_STORE: 'azure' }, /^AZURE_KEYVAULT_URL is not set, and SECRET_STORE is azure/],
  [{ SECRET_STORE: 'azure', AZURE_KEYVAULT_URL: 'http://x' }, /^AZURE_KEYVAULT_URL is not a URL like https/],
  [
    { SECRET_STORE: 'azure', ...azure, AZURE_CLIENT_SECRET: 'canary' },
    /^AZURE_TENANT_ID is not set .*; AZURE_CLIENT_ID is not set/,
  ],
  [
    { SYNCLINE_ENCRYPTION_KEYS: keys, SYNCLINE_DELIVERY_TARGETS: 'production=vault:kv/customers/' },
    /^VAULT_ADDR is not set, and SYNCLINE_DELIVERY_TARGETS names vault/,
  ],
  [
    { SYNCLINE_ENCRYPTION_KEYS: keys, SYNCLINE_DELIVERY_TARGETS: 'production=local:x/' },
    /^SYNCLINE_DELIVERY_TARGETS is wrong: "local" is none of vault, aws, azure/,
  ],
  [
    { SYNCLINE_ENCRYPTION_KEYS: keys, SYNCLINE_DELIVERY_TARGETS: 'production=vault:kv/x/,testing=vault:kv/x/y/' },
    /^SYNCLINE_DELIVERY_TARGETS is wrong: production and testing share targets \(kv\/x\/ and kv\/x\/y\/\)/,
  ],
  [
    { SYNCLINE_ENCRYPTION_KEYS: keys, SYNCLINE_DELIVERY_TARGETS: 'production=azure:Cust-,testing=azure:cust-' },
    /^SYNCLINE_DELIVERY_TARGETS is wrong: production and testing share targets/,
  ],
  [
    { SYNCLINE_ENCRYPTION_KEYS: keys, SYNCLINE_DELIVERY_TARGETS: 'vault:kv/x/' },
    /^SYNCLINE_DELIVERY_TARGETS is wrong: "vault:kv\/x\/" is not environment=store:prefix/,
  ],
  ...['secret/', 'secret/syncline/', 'secret/syncline/customers/'].map(
    (prefix) =>
      [
        { SECRET_STORE: 'vault', ...vault, SYNCLINE_DELIVERY_TARGETS: `production=vault:${prefix}` },
        /^SYNCLINE_DELIVERY_TARGETS allows .*, where Syncline's own secrets are \(secret\/syncline\/\)/,
      ] as const,
  ),
] as const)('a start with %j fails in one line that names the variable', (environment, message) => {
  let error: unknown
  try {
    readSecretSettings(environment)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(StartError)
  const text = (error as StartError).message // seen above
  expect(text).toMatch(message)
  expect(text).not.toContain('\n')
  expect(text).not.toContain('canary')
})

test('what belongs to a store that is not in use is not looked at', () => {
  const stray = { VAULT_ADDR: 'not a url', AWS_REGION: '???', AZURE_KEYVAULT_URL: '-' }
  expect(readSecretSettings({ SYNCLINE_ENCRYPTION_KEYS: keys, ...stray }).store).toBe('local')
})
