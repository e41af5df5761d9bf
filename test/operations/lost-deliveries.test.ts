import { beforeEach, describe, expect, test } from 'vitest'
import { settleLostDeliveries } from '../../src/operations/settle-lost-deliveries.ts'
import { startRotation, target } from './rotation-rig.ts'

const its = startRotation()
const { manager, stateOf, statesOf, pass, auditOf, eventsOf, kinds } = its

const settle = () => settleLostDeliveries({ db: its.rig.db })

beforeEach(async () => {
  manager.before = async () => {}
  await its.rig.db.pool.query('DELETE FROM delivery_claim')
})

/** A delivery whose process dies while it is on its way. */
async function lose(begin: () => Promise<unknown>): Promise<string> {
  const onItsWay = new Promise<string>((resolve) => {
    manager.before = (token) => {
      resolve(token)
      return new Promise(() => {})
    }
  })
  begin().catch(() => {}) // nobody is there to hear of it
  const token = await onItsWay
  manager.before = async () => {}
  return token
}

describe.each(Object.entries(kinds))('%s of whose delivery nothing is heard', (_, { make, rotate, action }) => {
  test('is revoked once, when nobody can settle it any more; what was before it goes on', async () => {
    const { id, token: old } = await make()
    const lost = await lose(() => rotate(id, 'PT0S', target))
    await pass('3 minutes 30 seconds')
    await settle()
    expect(await statesOf(old, lost)).toEqual(['WORKS', 'WORKS'])
    await pass('30 seconds')
    await Promise.all([settle(), settle()])
    await settle()
    expect(await statesOf(old, lost)).toEqual(['WORKS', 'REVOKED'])
    expect(await auditOf(id)).toEqual([`${action}_DELIVER DELIVERY_FAILED`])
    const told = action === 'API_KEY' ? [] : ['CONNECTION_CREATED', 'TOKEN_REVOKED']
    expect(await eventsOf(id)).toEqual(told)
  })

  test('ends with the overlap where another has followed it', async () => {
    const { id } = await make()
    const lost = await lose(() => rotate(id, 'PT0S', target))
    await pass('2 minutes')
    const { token } = await rotate(id, 'PT1H')
    await pass('3 minutes')
    await settle()
    expect(await statesOf(lost, token)).toEqual(['WORKS', 'WORKS'])
  })

  test('is left to the one that is on its way behind it', async () => {
    const { id } = await make()
    const lost = await lose(() => rotate(id, 'PT0S', target))
    await pass('4 minutes')
    await lose(() => rotate(id, 'PT1H', target))
    await settle()
    expect(await stateOf(lost)).toBe('WORKS')
  })

  test('that failed while PostgreSQL was away is revoked as soon as that is back', async () => {
    const { id, token: old } = await make()
    const { pool } = its.rig.db
    let tried = ''
    const { connect } = pool
    manager.before = async (token) => {
      tried = token
      let refused = 0
      pool.connect = () => {
        if (++refused === 2) pool.connect = connect
        return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      }
      throw new Error('no')
    }
    expect(await rotate(id, 'PT0S', target)).toMatchObject({ tokenDelivery: 'FAILED' })
    expect(await statesOf(old, tried)).toEqual(['WORKS', 'REVOKED'])
  })
})

test('a key that was made and never arrived is revoked, and its target is free', async () => {
  const create = () =>
    its.keys.createApiKey(its.owner, {
      name: 'lost',
      environment: 'production',
      scopes: ['SYNCS_READ'],
      deliverTo: target,
    })
  const lost = await lose(create)
  await pass('4 minutes')
  await settle()
  expect(await stateOf(lost)).toBe('REVOKED')
  expect(await its.rig.db.prisma.apiKey.count({ where: { name: 'lost', revokedAt: null } })).toBe(0)
  expect(await create()).toMatchObject({ tokenDelivery: 'DELIVERED' })
})
