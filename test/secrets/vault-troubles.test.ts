import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Patience } from '../../src/secrets/patience.ts'
import { createRemoteStore } from '../../src/secrets/remote-store.ts'
import {
  SecretMissing,
  type SecretStore,
  SecretStoreDenied,
  SecretStoreUnavailable,
} from '../../src/secrets/secret-store.ts'
import { createVaultClient, type VaultCall, type VaultSettings } from '../../src/secrets/vault/vault-client.ts'
import { createVaultManager } from '../../src/secrets/vault/vault-manager.ts'
import { newCanary, watchFor } from './canary.ts'
import { type FaultyProxy, startFaultyProxy } from './servers/faulty-proxy.ts'
import { appRole, startVaultRig, type VaultRig } from './vault-rig.ts'

/** What only Vault does, on an OpenBao server. */

let rig: VaultRig
let proxy: FaultyProxy
let watch: ReturnType<typeof watchFor>
const canary = newCanary()
const patience: Patience = { attempts: 3, attemptMs: 20_000, firstDelayMs: 5, longestDelayMs: 200 }

beforeAll(async () => {
  watch = watchFor(canary)
  rig = await startVaultRig()
  watch.also(...rig.credentials)
  proxy = await startFaultyProxy(rig.bao.url)
}, 300_000)
afterAll(async () => {
  proxy?.close()
  await rig?.bao.stop()
  watch.end()
})

const storeOf = (call: VaultCall, prefix = 'secret/syncline/', how = patience): SecretStore =>
  createRemoteStore(createVaultManager(call, prefix), { patience: how, onLeftBehind: () => {} })

const withAuth = (auth: VaultSettings['auth'], more: Partial<VaultSettings> = {}) =>
  createVaultClient({ address: proxy.url, auth, ...more })

const rootToken = () => ({ token: `root-${process.pid}` })
const idOf = (reference: string) => reference.slice('vault:'.length)
const logins = () => proxy.seen().filter(({ path }) => path.endsWith('/login')).length

test('a sealed Vault is unavailable, and what was asked while it was sealed is answered once it is open', async () => {
  const store = storeOf(rig.clientFor(proxy.url, 'full'))
  const reference = await store.put(canary)
  await rig.bao.seal()
  const error = await watch.failure(store.get(reference))
  expect(error).toBeInstanceOf(SecretStoreUnavailable)
  expect(error.message).toBe('Vault is sealed or not ready (status 503).')

  const waiting = storeOf(rig.clientFor(proxy.url, 'full'), undefined, {
    ...patience,
    attempts: 100,
    longestDelayMs: 50,
  })
  const asked = Promise.all([waiting.get(reference), waiting.put(canary)])
  await rig.bao.unseal()
  const [read, kept] = await asked
  expect([read, await store.get(kept)]).toEqual([canary, canary])
})

test('the throttling of a real quota is waited out', async () => {
  const store = storeOf(rig.clientFor(proxy.url, 'full'), undefined, {
    ...patience,
    attempts: 20,
    longestDelayMs: 2_000,
  })
  const reference = await store.put(canary)
  await rig.bao.call('POST', 'sys/quotas/rate-limit/tight', { path: 'secret/', rate: 4, interval: '1s' })
  proxy.seen()
  try {
    expect(await Promise.all(Array.from({ length: 6 }, () => store.get(reference)))).toEqual(Array(6).fill(canary))
  } finally {
    await rig.bao.call('DELETE', 'sys/quotas/rate-limit/tight')
  }
  expect(proxy.seen().length).toBeGreaterThan(6)
})

test('a token that is revoked or not known is denied', async () => {
  const token: string = (await rig.bao.call('POST', 'auth/token/create', { policies: ['syncline-api'] })).body.auth
    .client_token
  watch.also(token)
  const store = storeOf(withAuth({ token }))
  const reference = await store.put(canary)
  await rig.bao.call('POST', 'auth/token/revoke', { token })
  for (const one of [store, storeOf(withAuth({ token: 'unknown' }))]) {
    const error = await watch.failure(one.get(reference))
    expect(error).toBeInstanceOf(SecretStoreDenied)
    expect(error.message).toMatch(/status 403/)
  }
})

test('an AppRole logs in once for all who ask, and again when its token is revoked or has run out', async () => {
  const role = await appRole(rig.bao, 'syncline-api', { token_ttl: '1h' })
  const store = storeOf(withAuth(role))
  proxy.seen()
  const references = await Promise.all(Array.from({ length: 8 }, () => store.put(canary)))
  expect(logins()).toBe(1)
  const { keys } = (await rig.bao.call('LIST', 'auth/token/accessors')).body.data as { keys: string[] }
  for (const accessor of keys) {
    const { body } = await rig.bao.call('POST', 'auth/token/lookup-accessor', { accessor })
    if (body.data.path === 'auth/approle/login') await rig.bao.call('POST', 'auth/token/revoke-accessor', { accessor })
  }
  for (const reference of references) expect(await store.get(reference)).toBe(canary)
  expect(logins()).toBe(1)

  const short = storeOf(withAuth(await appRole(rig.bao, 'syncline-api', { token_ttl: '1s' })))
  const reference = await short.put(canary)
  await new Promise((resolve) => setTimeout(resolve, 1_200)) // the lease's own time
  expect(await short.get(reference)).toBe(canary)
  expect(logins()).toBe(2)
  await appRole(rig.bao, 'syncline-api')
})

test('a policy that forbids does not make an AppRole log in again and again', async () => {
  const reference = await storeOf(rig.clientFor(proxy.url, 'full')).put(canary)
  const store = storeOf(withAuth(await appRole(rig.bao, 'syncline-delivery')))
  proxy.seen()
  for (let i = 0; i < 3; i++) expect(await watch.failure(store.get(reference))).toBeInstanceOf(SecretStoreDenied)
  expect(logins()).toBe(1)
})

test('an AppRole that is refused is denied, and the message names its variables', async () => {
  const { roleId } = rig.roles.full
  const error = await watch.failure(storeOf(withAuth({ roleId, secretId: canary })).put('x'))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/VAULT_ROLE_ID, VAULT_SECRET_ID/)
})

test('a version that was destroyed is missing, as is a secret that somebody has replaced with something else', async () => {
  const store = storeOf(withAuth(rootToken()))
  const [destroyed, replaced] = [await store.put(canary), await store.put(canary)]
  await rig.bao.call('PUT', `secret/destroy/syncline/${idOf(destroyed)}`, { versions: [1] })
  await rig.bao.call('POST', `secret/data/syncline/${idOf(replaced)}`, { data: { other: canary } })
  for (const one of [destroyed, replaced]) expect(await watch.failure(store.get(one))).toBeInstanceOf(SecretMissing)
})

test('every version is destroyed: none can be undeleted', async () => {
  const store = storeOf(withAuth(rootToken()))
  const reference = await store.put(canary)
  await rig.bao.call('POST', `secret/data/syncline/${idOf(reference)}`, { data: { value: `${canary}2` } })
  await store.destroy(reference)
  await rig.bao.call('POST', `secret/undelete/syncline/${idOf(reference)}`, { versions: [1, 2] })
  expect((await rig.bao.call('GET', `secret/data/syncline/${idOf(reference)}?version=1`)).status).toBe(404)
  expect((await rig.bao.call('GET', `secret/metadata/syncline/${idOf(reference)}`)).status).toBe(404)
})

test('a mount that was just made takes secrets, as does one that demands check-and-set', async () => {
  for (const [mount, config] of [
    ['fresh', {}],
    ['strict', { cas_required: true }],
  ] as const) {
    await rig.bao.call('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    if (config.cas_required) await rig.bao.call('POST', `${mount}/config`, config)
    const store = storeOf(withAuth(rootToken()), `${mount}/deep/er/`)
    expect(await store.get(await store.put(canary))).toBe(canary)
  }
})

test('a mount that is still being upgraded is waited for', async () => {
  const store = storeOf(withAuth(rootToken()))
  const upgrading = {
    status: 400,
    body: '{"errors":["Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period and will resume service shortly."]}',
  }
  proxy.next(upgrading, 2)
  const reference = await store.put(canary)
  proxy.next(upgrading, 2)
  expect(await store.get(reference)).toBe(canary)
  proxy.next(upgrading, 2)
  await store.destroy(reference)
  proxy.next(upgrading, 99)
  expect(await watch.failure(store.get(reference))).toBeInstanceOf(SecretStoreUnavailable)
  proxy.next('cut', 0)
})

test('nothing mounted, or KV version 1, is told to the operator, and nothing stays behind', async () => {
  const nowhere = storeOf(withAuth(rootToken()), 'nowhere/syncline/')
  const absent = `vault:${crypto.randomUUID()}`
  for (const work of [() => nowhere.put(canary), () => nowhere.get(absent), () => nowhere.destroy(absent)]) {
    const error = await watch.failure(work())
    expect(error).toBeInstanceOf(SecretStoreDenied)
    expect(error.message).toMatch(/nothing mounted at "nowhere"/)
  }
  await rig.bao.call('POST', 'sys/mounts/old', { type: 'kv', options: { version: '1' } })
  const error = await watch.failure(storeOf(withAuth(rootToken()), 'old/syncline/').put(canary))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/not of KV version 2/)
  expect((await rig.bao.call('LIST', 'old/')).body?.data?.keys ?? []).toEqual([])
})

test('a namespace goes with every request; the token goes to no other address', async () => {
  const elsewhere = await startFaultyProxy(rig.bao.url)
  const store = storeOf(withAuth(rootToken(), { namespace: 'team-a' }))
  proxy.seen()
  proxy.next({ status: 307, headers: { location: `${elsewhere.url}/v1/secret/data/x` } }, 99)
  const error = await watch.failure(store.put(canary))
  proxy.next('cut', 0)
  expect(error).toBeInstanceOf(SecretStoreUnavailable)
  expect(error.message).toMatch(/status 307/)
  expect(elsewhere.seen()).toEqual([])
  elsewhere.close()
  expect(proxy.seen().every(({ headers }) => headers['x-vault-namespace'] === 'team-a')).toBe(true)
})
