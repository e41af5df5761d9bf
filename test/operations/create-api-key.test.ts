import { beforeEach, expect, test, vi } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import type { CreateApiKeyInput } from '../../src/operations/keys.ts'
import { revokePresentedToken } from '../../src/operations/revoke-presented-token.ts'
import { addApiKey } from '../graphql/rows.ts'
import { startRotation, target } from './rotation-rig.ts'

const its = startRotation()
const { manager, stateOf, auditOf } = its

beforeEach(() => its.rig.db.pool.query('DELETE FROM delivery_claim'))

const create = (idempotencyKey: string, rest: Partial<CreateApiKeyInput> = {}, caller = its.owner) =>
  its.keys.createApiKey(caller, {
    name: idempotencyKey,
    environment: 'production',
    scopes: ['SYNCS_READ'],
    idempotencyKey,
    ...rest,
  })
const keysCalled = (name: string) => its.rig.db.prisma.apiKey.count({ where: { name } })

test('a replay answers the same key without its secret, and makes nothing', async () => {
  const made = await create('replay')
  expect(await stateOf(made.key)).toBe('WORKS')
  expect(await create('replay')).toEqual({ apiKeyId: made.apiKeyId, key: null, tokenDelivery: 'SHOWN' })
  expect(await keysCalled('replay')).toBe(1)
  expect(await auditOf(made.apiKeyId)).toEqual(['API_KEY_CREATE OK'])
  expect(await stateOf(made.key)).toBe('WORKS')
})

test('the order of scopes, and one that is named twice, make no other input', async () => {
  const { apiKeyId } = await create('scopes', { scopes: ['SYNCS_READ', 'KEYS_MANAGE'] })
  const again = await create('scopes', { scopes: ['KEYS_MANAGE', 'SYNCS_READ', 'KEYS_MANAGE'] })
  expect(again).toMatchObject({ apiKeyId, key: null })
})

test('a replay answers also when the end that was asked for is past', async () => {
  const expiresAt = new Date(Date.now() + 60_000)
  const { apiKeyId } = await create('ended', { expiresAt })
  vi.useFakeTimers({ toFake: ['Date'], now: expiresAt.getTime() + 60_000 })
  try {
    await expect(create('another key', { expiresAt })).rejects.toMatchObject({ path: ['expiresAt'] })
    expect(await create('ended', { expiresAt })).toMatchObject({ apiKeyId, key: null })
  } finally {
    vi.useRealTimers()
  }
})

test('the same idempotency key with other input is a conflict', async () => {
  await create('conflict', { expiresAt: new Date('2040-01-01T00:00:00Z') })
  for (const other of [{}, { expiresAt: new Date('2040-01-01T00:00:01Z') }, { scopes: ['KEYS_MANAGE'] as const }])
    await expect(create('conflict', other)).rejects.toMatchObject({ code: 'CONFLICT', path: ['idempotencyKey'] })
  expect(await keysCalled('conflict')).toBe(1)
})

test('the idempotency key of one caller is not that of another', async () => {
  const { id } = await addApiKey(its.rig.db, { scopes: ['KEYS_MANAGE', 'SYNCS_READ'] })
  const other: Caller = { ...its.owner, kind: 'API_KEY', id, scopes: new Set<Scope>(['KEYS_MANAGE', 'SYNCS_READ']) }
  for (const caller of [its.owner, other]) expect(await stateOf((await create('two', {}, caller)).key)).toBe('WORKS')
  expect(await keysCalled('two')).toBe(2)
})

test('several calls at once make one key and show its secret once', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => create('at once')))
  expect(new Set(made.map(({ apiKeyId }) => apiKeyId)).size).toBe(1)
  expect(made.filter(({ key }) => key !== null)).toHaveLength(1)
  expect(await keysCalled('at once')).toBe(1)
})

test('a replay tells what came of the delivery, and nothing before something has', async () => {
  let deliver = () => {}
  const onItsWay = new Promise<void>((resolve) => {
    manager.before = () => {
      resolve()
      return new Promise((goOn) => {
        deliver = goOn
      })
    }
  })
  const first = create('delivered', { deliverTo: target })
  await onItsWay
  manager.before = async () => {}
  for (const later of ['0 minutes', '3 minutes']) {
    await its.pass(later)
    // the target is taken by the first, whose repetition this is
    await expect(create('delivered', { deliverTo: target })).rejects.toMatchObject({
      code: 'CONFLICT',
      path: ['idempotencyKey'],
    })
  }
  deliver()
  const made = await first
  expect(made).toMatchObject({ key: null, tokenDelivery: 'DELIVERED' })
  expect(await create('delivered', { deliverTo: target })).toEqual(made)
  await its.keys.revokeApiKey(its.owner, { apiKeyId: made.apiKeyId })
  expect(await create('delivered', { deliverTo: target })).toEqual(made)
})

test('a replay of one that could not be delivered says so, and another idempotency key makes another', async () => {
  manager.before = () => Promise.reject(new Error('no'))
  const failed = await create('failed', { deliverTo: target })
  manager.before = async () => {}
  expect(failed).toMatchObject({ key: null, tokenDelivery: 'FAILED' })
  expect(await create('failed', { deliverTo: target })).toEqual(failed)
  expect(await keysCalled('failed')).toBe(1)
  expect(await create('and again', { deliverTo: target })).toMatchObject({ tokenDelivery: 'DELIVERED' })
})

test.each(['key', 'secret'])(
  'one whose %s is revoked on its way has failed, for its maker and in a replay',
  async (what) => {
    const name = `revoked ${what}`
    manager.before = async (token) => {
      const { id: apiKeyId } = await its.rig.db.prisma.apiKey.findFirstOrThrow({ where: { name } })
      if (what === 'key') await its.keys.revokeApiKey(its.owner, { apiKeyId })
      else await revokePresentedToken({ db: its.rig.db, log: its.log })(token, null)
    }
    const failed = await create(name, { deliverTo: target })
    manager.before = async () => {}
    expect(failed).toMatchObject({ key: null, tokenDelivery: 'FAILED' })
    expect(await create(name, { deliverTo: target })).toEqual(failed)
  },
)

test('several calls at once with one target deliver one key', async () => {
  const made = await Promise.allSettled([1, 2, 3, 4].map(() => create('one target', { deliverTo: target })))
  const ids = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.apiKeyId] : []))
  expect(new Set(ids).size).toBe(1)
  for (const one of made)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CONFLICT', path: ['idempotencyKey'] })
    else expect(one.value).toMatchObject({ key: null, tokenDelivery: 'DELIVERED' })
  expect(await keysCalled('one target')).toBe(1)
})
