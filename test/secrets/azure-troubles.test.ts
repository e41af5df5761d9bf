import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { azureFailure, openAzure } from '../../src/secrets/azure/azure-client.ts'
import { createAzureDelivery } from '../../src/secrets/azure/azure-delivery.ts'
import { createAzureManager } from '../../src/secrets/azure/azure-manager.ts'
import type { Patience } from '../../src/secrets/patience.ts'
import { createRemoteStore } from '../../src/secrets/remote-store.ts'
import {
  SecretMissing,
  type SecretStore,
  SecretStoreDenied,
  SecretStoreUnavailable,
} from '../../src/secrets/secret-store.ts'
import { type AzureRig, leadingTo, startAzureRig } from './azure-rig.ts'
import { newCanary, watchFor } from './canary.ts'
import { vaultUrl } from './servers/key-vault.ts'

/** What only Azure does, on a stand-in. */

let rig: AzureRig
let watch: ReturnType<typeof watchFor>
const canary = newCanary()
const patience: Patience = { attempts: 3, attemptMs: 20_000, firstDelayMs: 5, longestDelayMs: 200 }

beforeAll(async () => {
  watch = watchFor(canary)
  rig = await startAzureRig()
  watch.also(...rig.credentials)
})
afterAll(() => {
  rig?.vault.close()
  watch.end()
})

async function storeOf(opened: ReturnType<typeof openAzure>): Promise<SecretStore> {
  return createRemoteStore(createAzureManager(await opened, 'syncline-'), { patience, onLeftBehind: () => {} })
}
const ours = () => storeOf(rig.open(rig.vault.url, 'full'))
const nameOf = (reference: string) => `syncline-${reference.slice('azure:'.length)}`

test('what is destroyed is purged, not only deleted', async () => {
  const store = await ours()
  const reference = await store.put(canary)
  await store.destroy(reference)
  expect(rig.vault.deleted()).not.toContain(nameOf(reference))
})

test('what somebody has deleted, or an earlier attempt, is purged', async () => {
  const store = await ours()
  const reference = await store.put(canary)
  rig.vault.delete(nameOf(reference))
  await vi.waitFor(async () => {
    await store.destroy(reference)
    expect(rig.vault.deleted()).not.toContain(nameOf(reference))
  })
})

test('a vault with purge protection keeps what is destroyed, out of reach', async () => {
  const store = await ours()
  rig.vault.purgeProtected = true
  const reference = await store.put(canary)
  await store.destroy(reference)
  rig.vault.purgeProtected = false
  expect(rig.vault.deleted()).toContain(nameOf(reference))
  expect(await watch.failure(store.get(reference))).toBeInstanceOf(SecretMissing)
})

test('a disabled secret is denied', async () => {
  const store = await ours()
  const reference = await store.put(canary)
  rig.vault.disable(nameOf(reference))
  const error = await watch.failure(store.get(reference))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/status 403.*disabled/)
})

test('a client secret that is refused is denied, and the message names the variables', async () => {
  const error = await watch.failure((await storeOf(rig.open(rig.vault.url, 'full', canary))).put('x'))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET/)
})

test('a managed identity needs no secret of ours', async () => {
  vi.stubEnv('IDENTITY_ENDPOINT', `${rig.vault.url}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', rig.credentials[0])
  vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'prod')
  const store = await storeOf(openAzure({ vaultUrl, httpClient: leadingTo(rig.vault.url) }))
  const reference = await store.put(canary)
  vi.unstubAllEnvs()
  expect(await store.get(reference)).toBe(canary)
})

test('a name whose secret was deleted takes no token until it is purged', async () => {
  const target = createAzureDelivery(await rig.open(rig.vault.url, 'delivery'), patience)
  await target.write('customers-acme', canary)
  rig.vault.delete('customers-acme')
  const error = await watch.failure(target.write('customers-acme', `${canary}-2`))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/status 409.*purged/)
})

test('a secret that is too long is refused, and not shown', async () => {
  const error = await watch.failure((await ours()).put(canary.repeat(2_000)))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/status 400/)
})

const told = (name: string, more: object) => Object.assign(new Error(canary), { name, ...more })

test.each([
  [told('RestError', { statusCode: 500 }), SecretStoreUnavailable, /status 500/],
  [told('RestError', { statusCode: 200, code: 'PARSE_ERROR' }), SecretStoreUnavailable, /status 200/],
  [
    told('RestError', { code: 'REQUEST_SEND_ERROR', cause: told('Error', { code: 'ENOTFOUND' }) }),
    SecretStoreUnavailable,
    /ENOTFOUND/,
  ],
  [told('AuthenticationError', { statusCode: 400 }), SecretStoreDenied, /no token \(status 400\)/],
  [told('AuthenticationError', { statusCode: 503 }), SecretStoreUnavailable, /status 503/],
  [told('CredentialUnavailableError', {}), SecretStoreDenied, /managed identity/],
  [undefined, SecretStoreUnavailable, /no connection/],
] as const)('failure %# is told in our words', async (error, kind, message) => {
  const failure = await watch.failure(Promise.reject(azureFailure(error)))
  expect(failure).toBeInstanceOf(kind)
  expect(failure.message).toMatch(message)
})
