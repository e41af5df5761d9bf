import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSecretStore, createTokenDelivery } from '../../src/secrets/create-secret-store.ts'
import { SecretMissing } from '../../src/secrets/secret-store.ts'
import { readSecretSettings } from '../../src/secrets/settings.ts'
import type { Database } from '../../src/store/database.ts'
import { openFreshDatabase } from '../store/seeded-connection.ts'
import { type AwsRig, startAwsRig } from './aws-rig.ts'
import { startVaultRig, type VaultRig } from './vault-rig.ts'

/** From variables to a store, as the API and the worker do it. */

let db: Database
let vault: VaultRig
let aws: AwsRig
const log = { warn: () => {} }
const keys = `k1:${randomBytes(32).toString('base64')}`

beforeAll(async () => {
  ;[db, vault, aws] = await Promise.all([openFreshDatabase(), startVaultRig(), startAwsRig('MiniStack')])
}, 300_000)
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([db?.close(), vault?.bao.stop(), aws?.stop()])
})

const vaultVariables = (role: 'full' | 'worker' | 'delivery') => ({
  VAULT_ADDR: vault.bao.url,
  VAULT_ROLE_ID: vault.roles[role].roleId,
  VAULT_SECRET_ID: vault.roles[role].secretId,
})
const open = (environment: Record<string, string>) =>
  createSecretStore({ db, log, settings: readSecretSettings(environment) })

test('the API keeps in Vault what the worker reads there', async () => {
  const api = await open({ SECRET_STORE: 'vault', ...vaultVariables('full') })
  const worker = await open({ SECRET_STORE: 'vault', ...vaultVariables('worker') })
  const reference = await api.put('secret')
  expect(reference).toMatch(/^vault:/)
  expect(await worker.get(reference)).toBe('secret')
  expect(await db.prisma.localSecret.count()).toBe(0)
})

test('AWS: what is kept lies under the prefix, with the credentials that the SDK finds', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', aws.keys.full.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', aws.keys.full.secretAccessKey)
  const store = await open({
    SECRET_STORE: 'aws',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
  })
  const reference = await store.put('secret')
  expect(await aws.read(`syncline/${reference.slice('aws:'.length)}`)).toBe('secret')
})

test('what the local store holds is still read and destroyed after a change to a secret manager, while the keys are given', async () => {
  const reference = await (await open({ SYNCLINE_ENCRYPTION_KEYS: keys })).put('old')
  const variables = { SECRET_STORE: 'vault', ...vaultVariables('full') }
  const without = await open(variables)
  await expect(without.get(reference)).rejects.toThrow(SecretMissing)
  await expect(without.destroy(reference)).rejects.toThrow(SecretMissing)
  const store = await open({ ...variables, SYNCLINE_ENCRYPTION_KEYS: keys })
  expect(await store.get(reference)).toBe('old')
  expect(await store.put('new')).toMatch(/^vault:/)
  await store.destroy(reference)
  await expect(store.get(reference)).rejects.toThrow(SecretMissing)
})

test('tokens go from the local store’s installation into Vault, under the prefix that is allowed', async () => {
  const delivery = createTokenDelivery({
    settings: readSecretSettings({
      SYNCLINE_ENCRYPTION_KEYS: keys,
      SYNCLINE_DELIVERY_TARGETS: 'production=vault:secret/customers/',
      ...vaultVariables('delivery'),
    }),
  })
  const target = { store: 'vault', name: 'secret/customers/acme' }
  await delivery.write('production', target, 'syn_prod_1')
  await delivery.write('production', target, 'syn_prod_2')
  expect((await vault.bao.call('GET', 'secret/data/customers/acme')).body.data.data).toEqual({ token: 'syn_prod_2' })
})

test('no file loads an SDK of a secret manager before its store is opened', () => {
  const rooms = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(rooms, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const loading = files.filter((name) =>
    /^(import|export) (?!type )[^;]*? from '@(aws-sdk|azure)\//m.test(readFileSync(join(rooms, name), 'utf8')),
  )
  expect(files.length).toBeGreaterThan(100)
  expect(loading).toEqual([])
})
