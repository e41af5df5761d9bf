import { beforeEach, describe, expect, test } from 'vitest'
import { createOperations } from '../../src/operations/create-operations.ts'
import { rotateDueTokens } from '../../src/operations/rotate-due-tokens.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { demoConnection } from './operations-rig.ts'
import { startRotation, target } from './rotation-rig.ts'

const its = startRotation()
const { manager, stateOf, pass, log, kinds } = its

beforeEach(async () => {
  manager.held.clear()
  await its.rig.db.pool.query('DELETE FROM token_rotation')
  await its.rig.db.pool.query('DELETE FROM delivery_claim')
})

const monthly = { target, every: 'P30D', overlap: 'PT0S' }
const setRotation = (connectionId: string, to = target) =>
  its.keys.setTokenRotation(its.owner, { connectionId, rotation: { ...monthly, target: to } })
const createConnection = () =>
  createOperations({ ...its.rig.deps, delivery: manager, log }).createConnection(
    its.owner,
    demoConnection({ deliverTokenTo: target }),
  )
const createKey = (expiresAt: Date | null = null) =>
  its.keys.createApiKey(its.owner, {
    name: 'delivered',
    environment: 'production',
    scopes: ['SYNCS_READ'],
    expiresAt,
    deliverTo: target,
  })
const newConnection = async () => (await addConnection(its.rig.db)).id
const newKey = async () => (await addApiKey(its.rig.db, { scopes: ['SYNCS_READ'] })).id

/** Every way in which tokens come to go to a target, each for an owner of its own. */
const ways = {
  'a rotation by itself': async () => setRotation(await newConnection()),
  'a rotation of a token by hand': async () =>
    kinds['a connection token'].rotate(await newConnection(), 'PT0S', target),
  'a rotation of a key': async () => kinds['an API key'].rotate(await newKey(), 'PT0S', target),
  'a new connection': createConnection,
  'a new key': () => createKey(),
}

describe.each(Object.entries(ways))('a target that %s has taken', (_, take) => {
  test.each(Object.entries(ways))('is not taken by %s', async (way, takeToo) => {
    await take()
    const held = new Map(manager.held)
    const connections = await its.rig.db.prisma.connection.count()
    const before = connections + (await its.rig.db.prisma.apiKey.count())
    await expect(takeToo()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/^Tokens of another/),
    })
    expect(manager.held).toEqual(held)
    // nothing is left of a connection or key that was to be made; those rotated had been there
    const after = (await its.rig.db.prisma.connection.count()) + (await its.rig.db.prisma.apiKey.count())
    expect(after - before).toBe(way.startsWith('a new') ? 0 : 1)
  })
})

test('its own goes there again and again, by hand and by itself', async () => {
  const id = await newConnection()
  await setRotation(id)
  await setRotation(id)
  expect(await kinds['a connection token'].rotate(id, 'PT0S', target)).toMatchObject({ tokenDelivery: 'DELIVERED' })
  await pass('30 days')
  await rotateDueTokens({ db: its.rig.db, delivery: manager, log })
  expect(await stateOf(manager.held.get(target.name))).toBe('WORKS')
  expect(await its.rig.db.prisma.deliveryClaim.count()).toBe(1)
})

test('of many who want it at once one has it', async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, newConnection))
  const outcomes = await Promise.allSettled(ids.map((id) => setRotation(id)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('Key Vault does not tell case, Vault does', async () => {
  const [one, other] = [await newConnection(), await newConnection()]
  for (const store of ['azure', 'vault']) {
    await setRotation(one, { store, name: 'kv/production/Acme' })
    const attempt = setRotation(other, { store, name: 'kv/production/aCME' })
    if (store === 'azure')
      await expect(attempt).rejects.toMatchObject({ code: 'CONFLICT', path: ['rotation', 'target'] })
    else await attempt
  }
})

test('it is free when its connection is disconnected, and when its tokens are revoked and none is rotated there', async () => {
  const { connectionId } = await createConnection()
  const other = await newConnection()
  await its.rig.operations.disconnectConnection(its.owner, { connectionId })
  await setRotation(other)
  await its.keys.revokeConnectionToken(its.owner, { connectionId: other })
  await expect(createKey()).rejects.toMatchObject({ code: 'CONFLICT' })
  await its.keys.setTokenRotation(its.owner, { connectionId: other, rotation: null })
  await its.keys.rotateConnectionToken(its.owner, { connectionId: other })
  await its.keys.revokeConnectionToken(its.owner, { connectionId: other })
  await createKey()
})

test('it is free when its key is revoked or has run out, and when the key could not be delivered', async () => {
  const { apiKeyId } = await createKey()
  await its.keys.revokeApiKey(its.owner, { apiKeyId })
  manager.before = () => Promise.reject(new Error('no'))
  expect(await createKey()).toMatchObject({ tokenDelivery: 'FAILED' })
  manager.before = async () => {}
  const { apiKeyId: ending } = await createKey(new Date(Date.now() + 3_600_000))
  await its.rig.db.prisma.apiKey.update({ where: { id: ending }, data: { expiresAt: new Date(Date.now() - 1_000) } })
  await createKey()
})
