import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/auth/authenticate.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { AuthenticationError } from '../../src/auth/errors.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createKeyOperations } from '../../src/operations/keys.ts'
import { createDelivery } from '../../src/secrets/delivery.ts'
import { createVaultDelivery } from '../../src/secrets/vault/vault-delivery.ts'
import { demoConnection, type OperationsRig, startOperations } from '../operations/operations-rig.ts'
import { startVaultRig, type VaultRig } from './vault-rig.ts'

let rig: OperationsRig
let vault: VaultRig
let owner: Caller
const logged: string[] = []
const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })

beforeAll(async () => {
  ;[rig, vault] = await Promise.all([startOperations(), startVaultRig()])
  owner = await rig.ownerIn('production')
})
afterAll(async () => {
  await vault.bao.stop()
  await rig.close()
})

const target = (name: string) => ({ store: 'vault', name: `secret/customers/${name}` })
const atTarget = async (name: string): Promise<string> =>
  (await vault.bao.call('GET', `secret/data/customers/${name}`)).body.data?.data.token

function deps(access: 'delivery' | 'none') {
  const patience = { attempts: 2, attemptMs: 2_000, firstDelayMs: 10, longestDelayMs: 100 }
  const delivery = createDelivery({
    allowed: [{ environment: 'production', store: 'vault', prefix: 'secret/customers/' }],
    open: async () => createVaultDelivery(vault.clientFor(vault.bao.url, access), patience),
  })
  return { ...rig.deps, delivery, log }
}

async function stateOf(token: string): Promise<string> {
  const authenticate = createAuthenticator({ pool: rig.db.pool, onError: () => {} })
  return authenticate({ authorization: `Bearer ${token}`, environment: null, ip: null }).then(
    ({ caller }) => caller.kind,
    (error: unknown) => (error instanceof AuthenticationError ? error.failure : String(error)),
  )
}

test('a token goes into Vault when it is made and when it is rotated, with no human between', async () => {
  const made = await createOperations(deps('delivery')).createConnection(
    owner,
    demoConnection({ deliverTokenTo: target('acme') }),
  )
  expect(made).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
  const first = await atTarget('acme')
  expect(await stateOf(first)).toBe('CONNECTION_TOKEN')

  const keys = createKeyOperations(deps('delivery'))
  const { connectionId } = made
  const rotated = await keys.rotateConnectionToken(owner, { connectionId, overlap: 'PT1H', deliverTo: target('acme') })
  expect(rotated).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
  const second = await atTarget('acme')
  expect(second).not.toBe(first)
  expect([await stateOf(first), await stateOf(second)]).toEqual(['CONNECTION_TOKEN', 'CONNECTION_TOKEN'])

  const key = { name: 'k', environment: 'production', scopes: ['SYNCS_READ'] as const, deliverTo: target('key') }
  expect(await keys.createApiKey(owner, key)).toMatchObject({ key: null, tokenDelivery: 'DELIVERED' })
  expect(await stateOf(await atTarget('key'))).toBe('API_KEY')
})

test('where Vault refuses, the token of before goes on and stays at the target', async () => {
  const { connectionId } = await createOperations(deps('delivery')).createConnection(
    owner,
    demoConnection({ deliverTokenTo: target('denied') }),
  )
  const first = await atTarget('denied')
  const refused = await createKeyOperations(deps('none')).rotateConnectionToken(owner, {
    connectionId,
    deliverTo: target('denied'),
  })
  expect(refused).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
  expect(await atTarget('denied')).toBe(first)
  expect(await stateOf(first)).toBe('CONNECTION_TOKEN')
  expect(logged.join('')).toContain('a token was not delivered')
  expect(logged.join('')).not.toMatch(/syn_prod_/)
})

test('where Vault refuses, what is connected and reconnected stands without a token, and gets one by a rotation', async () => {
  const refusing = createOperations(deps('none'))
  const keys = createKeyOperations(deps('delivery'))
  const connected = await refusing.createConnection(owner, demoConnection({ deliverTokenTo: target('first') }))
  await refusing.disconnectConnection(owner, { connectionId: connected.connectionId })
  const reconnected = await refusing.reconnectConnection(owner, {
    connectionId: connected.connectionId,
    credentials: {},
    deliverTokenTo: target('first'),
  })
  for (const made of [connected, reconnected]) expect(made).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
  expect(await atTarget('first')).toBeUndefined()
  const { connectionId } = reconnected
  expect(await rig.db.prisma.connectionToken.count({ where: { connectionId, revokedAt: null } })).toBe(0)
  await keys.rotateConnectionToken(owner, { connectionId, deliverTo: target('first') })
  expect(await stateOf(await atTarget('first'))).toBe('CONNECTION_TOKEN')
  expect(logged.join('')).not.toMatch(/syn_prod_/)
})

test('of another environment, or outside what the operator allows, nothing is made', async () => {
  const keys = createKeyOperations(deps('delivery'))
  const testing = await rig.ownerIn('testing')
  const before = await rig.db.prisma.apiKey.count()
  const input = { name: 'k', scopes: ['SYNCS_READ'] as const }
  for (const [caller, environment, name, message] of [
    [testing, 'testing', 'secret/customers/x', /delivery is off/],
    [owner, 'production', 'secret/others/x', /prefix/],
    [owner, 'production', 'secret/customers/../x', /name/],
  ] as const) {
    const attempt = keys.createApiKey(caller, { ...input, environment, deliverTo: { store: 'vault', name } })
    await expect(attempt).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['deliverTo'] })
    await expect(attempt).rejects.toThrow(message)
  }
  expect(await rig.db.prisma.apiKey.count()).toBe(before)
})
