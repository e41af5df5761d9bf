import { beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { rotateDueTokens } from '../../src/operations/rotate-due-tokens.ts'
import { DeliveryRefused } from '../../src/secrets/delivery.ts'
import { SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { addConnection } from '../graphql/rows.ts'
import { demoConnection } from './operations-rig.ts'
import { startRotation, target } from './rotation-rig.ts'

const its = startRotation()
const { manager, stateOf, statesOf, pass, auditOf, eventsOf, log, logged } = its

const rotateDue = () => rotateDueTokens({ db: its.rig.db, delivery: manager, log })
const settingOf = (connectionId: string) => its.rig.db.prisma.tokenRotation.findUnique({ where: { connectionId } })
const tokensOf = (connectionId: string) => its.rig.db.prisma.connectionToken.count({ where: { connectionId } })
const atTarget = (name = target.name) => manager.held.get(name)
const now = async () => (await its.rig.db.pool.query<{ now: Date }>('SELECT now()')).rows[0]?.now.getTime() ?? 0
const days = (n: number) => n * 86_400_000

const monthly = { target, every: 'P30D', overlap: 'PT1H' }
const set = (connectionId: string, rotation: typeof monthly | null = monthly, caller = its.owner) =>
  its.keys.setTokenRotation(caller, { connectionId, rotation })

/** A connection whose token is rotated every 30 days. */
async function rotating(rotation = monthly) {
  const { id, token } = await addConnection(its.rig.db)
  await set(id, rotation)
  return { id, token }
}

/** Holds a delivery up, as long as it is wanted. */
function heldUp() {
  let arrive: (token: string) => void = () => {}
  let goOn = () => {}
  const onItsWay = new Promise<string>((resolve) => {
    arrive = resolve
  })
  const release = new Promise<void>((resolve) => {
    goOn = resolve
  })
  manager.before = (token) => {
    arrive(token)
    manager.before = async () => {} // those behind it are not held up
    return release
  }
  return { onItsWay, goOn }
}

beforeEach(async () => {
  manager.before = async () => {}
  manager.held.clear()
  await its.rig.db.pool.query('DELETE FROM token_rotation')
  await its.rig.db.pool.query('DELETE FROM delivery_claim')
})

describe('a token that is due', () => {
  test('goes into its target; the one before works through the overlap; the next is an interval later', async () => {
    const { id, token: first } = await rotating()
    await pass('29 days 23:59')
    await rotateDue()
    expect(atTarget()).toBeUndefined()

    await pass('1 minute')
    const before = await now()
    await rotateDue()
    const second = atTarget()
    expect(await statesOf(first, second)).toEqual(['WORKS', 'WORKS'])
    const setting = await settingOf(id)
    expect(setting).toMatchObject({ failures: 0, failure: null, failedAt: null })
    expect(setting?.rotatedAt?.getTime()).toBeGreaterThanOrEqual(before)
    expect(setting?.dueAt.getTime()).toBe((setting?.rotatedAt?.getTime() ?? 0) + days(30))
    await pass('61 minutes')
    expect(await statesOf(first, second)).toEqual(['EXPIRED', 'WORKS'])

    await rotateDue()
    expect(atTarget()).toBe(second)
    await pass('30 days')
    await rotateDue()
    expect(await statesOf(second, atTarget())).toEqual(['WORKS', 'WORKS'])
    expect(await tokensOf(id)).toBe(3)
  })

  test('is told in the events, and in the audit log as the doing of the schedule, without a secret', async () => {
    const { id } = await rotating()
    await pass('30 days')
    await rotateDue()
    expect(await eventsOf(id)).toEqual(['CONNECTION_CREATED', 'CONNECTION_CHANGED', 'TOKEN_ROTATED'])
    expect(await auditOf(id)).toEqual(['TOKEN_ROTATION_SET OK', 'CONNECTION_TOKEN_ROTATE OK'])
    expect(
      await its.rig.db.prisma.auditEntry.findFirst({ where: { target: id, action: 'CONNECTION_TOKEN_ROTATE' } }),
    ).toMatchObject({ actor: 'schedule', ip: null, environmentId: its.owner.environmentId })
    expect(logged.join('')).not.toContain(atTarget())
  })

  test('is rotated once, however many workers look at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        rotating({ ...monthly, target: { ...target, name: `kv/production/${i}` } }).then(({ id }) => id),
      ),
    )
    await pass('30 days')
    await Promise.all(Array.from({ length: 5 }, rotateDue))
    await rotateDue()
    for (const [i, id] of made.entries()) {
      expect(await tokensOf(id)).toBe(2)
      expect(await stateOf(atTarget(`kv/production/${i}`))).toBe('WORKS')
    }
  })

  test('after an outage of several intervals is rotated once, and then an interval later', async () => {
    const { id } = await rotating()
    await pass('100 days')
    await rotateDue()
    await rotateDue()
    expect(await tokensOf(id)).toBe(2)
    expect((await settingOf(id))?.dueAt.getTime()).toBeGreaterThan((await now()) + days(29))
  })

  test.each(['PAUSED', 'ACTION_REQUIRED'])('of a connection that is %s is rotated all the same', async (status) => {
    const { id, token } = await rotating()
    await its.rig.db.pool.query('UPDATE connection_gate SET status = $2::"ConnectionStatus" WHERE connection_id = $1', [
      id,
      status,
    ])
    await pass('30 days')
    await rotateDue()
    expect(await statesOf(token, atTarget())).toEqual(['WORKS', 'WORKS'])
  })
})

describe('what goes wrong', () => {
  test('a manager that is away: the token of before works, the failure is told, and it is tried after 30 s, a minute, up to an hour', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const tried: string[] = []
    manager.before = async (canary) => {
      tried.push(canary)
      throw new SecretStoreUnavailable(`Vault is sealed. ${canary}`)
    }
    const waits: number[] = []
    for (let attempt = 1; attempt <= 9; attempt++) {
      await rotateDue()
      await rotateDue() // not before its time
      const setting = await settingOf(id)
      expect(setting).toMatchObject({ failures: attempt, failure: 'Vault is sealed. [token]', rotatedAt: null })
      waits.push(((setting?.takeAt.getTime() ?? 0) - (setting?.failedAt?.getTime() ?? 0)) / 1_000)
      await pass('1 hour')
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600])
    expect(tried).toHaveLength(9)
    expect(await statesOf(token, ...tried)).toEqual(['WORKS', ...Array<string>(9).fill('REVOKED')])
    expect(await auditOf(id)).toEqual([
      'TOKEN_ROTATION_SET OK',
      ...Array<string>(9).fill('CONNECTION_TOKEN_ROTATE DELIVERY_FAILED'),
    ])

    manager.before = async () => {}
    await rotateDue()
    expect(await statesOf(token, atTarget())).toEqual(['WORKS', 'WORKS'])
    expect(await settingOf(id)).toMatchObject({ failures: 0, failure: null, failedAt: null })
  })

  test('a target that the operator has taken away: nothing is made, and the failure says what to do', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const { check } = manager
    manager.check = () => {
      throw new DeliveryRefused('The target does not lie under a prefix.')
    }
    await rotateDue()
    manager.check = check
    expect(await tokensOf(id)).toBe(1)
    expect(await stateOf(token)).toBe('WORKS')
    expect((await settingOf(id))?.failure).toMatch(/does not allow this target any more .* set another target/)
    expect((await auditOf(id)).at(-1)).toBe('CONNECTION_TOKEN_ROTATE VALIDATION_FAILED')

    const elsewhere = { store: 'vault', name: 'kv/production/elsewhere' }
    await set(id, { ...monthly, target: elsewhere })
    expect(await settingOf(id)).toMatchObject({ failure: null })
    await rotateDue() // at once: it is overdue
    expect(await stateOf(atTarget(elsewhere.name))).toBe('WORKS')
  })

  test('a worker that dies on the way: what is at the target works, and another worker takes over when its place is free', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const { onItsWay } = heldUp()
    void rotateDue()
    const pending = await onItsWay
    manager.held.set(target.name, pending) // it had been written
    await rotateDue()
    expect(await tokensOf(id)).toBe(2)
    await pass('2 minutes')
    await rotateDue()
    expect(await statesOf(token, pending)).toEqual(['WORKS', 'WORKS'])
    expect(await tokensOf(id)).toBe(2)
    await pass('1 minute')
    await rotateDue()
    expect(atTarget()).not.toBe(pending)
    expect(await statesOf(token, pending, atTarget())).toEqual(['WORKS', 'WORKS', 'WORKS'])
    await pass('61 minutes')
    expect(await statesOf(token, pending, atTarget())).toEqual(['EXPIRED', 'EXPIRED', 'WORKS'])
  })

  test('a worker that was thought dead and writes last: the dead token it leaves at the target is replaced at once', async () => {
    const { id } = await rotating({ ...monthly, overlap: 'PT0S' })
    await pass('30 days')
    const { onItsWay, goOn } = heldUp()
    const frozen = rotateDue()
    const late = await onItsWay
    await pass('3 minutes 1 second')
    await rotateDue()
    const good = atTarget()
    goOn()
    await frozen // finds itself overtaken, and in the same round rotates again
    expect(await statesOf(late, good)).toEqual(['EXPIRED', 'EXPIRED'])
    expect(atTarget()).not.toBe(late)
    expect(await stateOf(atTarget())).toBe('WORKS')
    expect(await tokensOf(id)).toBe(4)
    expect(await settingOf(id)).toMatchObject({ failure: null })
  })

  test('one that is revoked on its way stays so until the next due time', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const { onItsWay, goOn } = heldUp()
    const rotation = rotateDue()
    const revoked = await onItsWay
    await its.keys.revokeConnectionToken(its.owner, { connectionId: id })
    goOn()
    await rotation
    await pass('29 days 23:59')
    await rotateDue()
    expect(atTarget()).toBe(revoked)
    expect(await statesOf(token, revoked)).toEqual(['REVOKED', 'REVOKED'])
    await pass('1 minute')
    await rotateDue()
    expect(await stateOf(atTarget())).toBe('WORKS')
  })

  test('a rotation by hand that is on its way is not disturbed, and the due one comes after it', async () => {
    const { id } = await rotating()
    await pass('30 days')
    const { onItsWay, goOn } = heldUp()
    const byHand = its.keys.rotateConnectionToken(its.owner, { connectionId: id, deliverTo: target })
    await onItsWay
    await rotateDue()
    expect((await settingOf(id))?.failure).toMatch(/Another rotation is just being delivered/)
    goOn()
    expect(await byHand).toMatchObject({ tokenDelivery: 'DELIVERED' })
    await pass('30 seconds')
    await rotateDue()
    expect(await settingOf(id)).toMatchObject({ failure: null })
    expect(await stateOf(atTarget())).toBe('WORKS')
  })

  test('a fault of our own is told without its text, and tried again', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const { isOn } = manager
    manager.isOn = () => {
      throw new Error('something internal')
    }
    await rotateDue()
    manager.isOn = isOn
    expect((await settingOf(id))?.failure).toBe('It failed for a reason of our own, which is in the log of the worker.')
    expect(logged.join('')).toContain('a token that is due was not rotated')
    await pass('30 seconds')
    await rotateDue()
    expect(await statesOf(token, atTarget())).toEqual(['WORKS', 'WORKS'])
  })

  test('a worker that is stopping begins none', async () => {
    const { id } = await rotating()
    await pass('30 days')
    await rotateDueTokens({ db: its.rig.db, delivery: manager, log }, AbortSignal.abort())
    expect(await tokensOf(id)).toBe(1)
  })
})

describe('a disconnect', () => {
  test('ends it', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    await its.rig.operations.disconnectConnection(its.owner, { connectionId: id })
    await rotateDue()
    expect(await settingOf(id)).toBeNull()
    expect(await tokensOf(id)).toBe(1)
    expect(await stateOf(token)).toBe('DISCONNECTED')
    await expect(set(id)).rejects.toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
  })

  test('while the token is on its way leaves no token that works', async () => {
    const { id, token } = await rotating()
    await pass('30 days')
    const { onItsWay, goOn } = heldUp()
    const rotation = rotateDue()
    const pending = await onItsWay
    await its.rig.operations.disconnectConnection(its.owner, { connectionId: id })
    goOn()
    await rotation
    await rotateDue()
    expect(await tokensOf(id)).toBe(2)
    for (const one of [token, pending]) expect(await stateOf(one)).toBe('DISCONNECTED')
    expect(await eventsOf(id)).toEqual(['CONNECTION_CREATED', 'CONNECTION_CHANGED', 'CONNECTION_DISCONNECTED'])
  })

  test('and reconnecting does not take the setting over: who reconnects says where the new token goes', async () => {
    const operations = createOperations({ ...its.rig.deps, delivery: manager, log })
    const { connectionId } = await operations.createConnection(its.owner, demoConnection())
    await set(connectionId)
    await operations.disconnectConnection(its.owner, { connectionId })
    const again = await operations.reconnectConnection(its.owner, { connectionId, credentials: {} })
    expect(await settingOf(again.connectionId)).toBeNull()
  })
})

describe('setting it', () => {
  test('a change never puts off what is due, and brings a shorter interval forward', async () => {
    const { id } = await rotating()
    const at = async () => Math.round(((await settingOf(id))?.dueAt.getTime() ?? 0) / 1_000)
    const first = await at()
    await set(id, { ...monthly, every: 'P90D' })
    expect(await at()).toBe(first)
    await set(id, { ...monthly, every: 'P7D' })
    expect(Math.abs(first - (await at()) - days(23) / 1_000)).toBeLessThan(60)
  })

  test('null ends it, and once more changes nothing', async () => {
    const { id } = await rotating()
    await set(id, null)
    await set(id, null)
    await pass('30 days')
    await rotateDue()
    expect(await tokensOf(id)).toBe(1)
    expect(await auditOf(id)).toEqual(['TOKEN_ROTATION_SET OK', 'TOKEN_ROTATION_SET OK'])
  })

  test.each([
    ['every', { every: 'PT14M59S' }],
    ['every', { every: 'P366D' }],
    ['every', { every: 'P1M' }],
    ['every', { every: 'monthly' }],
    ['overlap', { overlap: 'P31D', every: 'P60D' }],
    ['overlap', { every: 'PT15M', overlap: 'PT16M' }],
    ['overlap', { overlap: '1h' }],
    ['target', { target: { store: 'vault', name: 'kv/testing/acme' } }],
  ])('a wrong %s is refused, and noted: %j', async (field, wrong) => {
    const { id } = await addConnection(its.rig.db)
    await expect(set(id, { ...monthly, ...wrong })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      path: ['rotation', field],
    })
    expect(await settingOf(id)).toBeNull()
    expect(await auditOf(id)).toEqual(['TOKEN_ROTATION_SET VALIDATION_FAILED'])
  })

  test.each([
    ['PT15M', 'PT15M'],
    ['P365D', 'P30D'],
    ['P2W', 'PT0S'],
  ])('every %s with an overlap of %s is taken', async (every, overlap) => {
    const { id } = await rotating({ ...monthly, every, overlap })
    expect(await settingOf(id)).toMatchObject({ every, overlap, store: 'vault', name: target.name })
  })

  test('takes the scopes that the token has, and an environment into which tokens may be delivered', async () => {
    const { id } = await addConnection(its.rig.db)
    const scopes = new Set<Scope>(['KEYS_MANAGE', 'CONNECTIONS_READ'])
    const caller: Caller = { ...its.owner, kind: 'API_KEY', id: 'a key', scopes }
    await expect(set(id, monthly, caller)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['connectionId'] })
    const stranger = await its.rig.ownerIn('testing')
    await expect(set(id, monthly, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const { id: elsewhere } = await addConnection(its.rig.db, { environment: 'testing' })
    await expect(set(elsewhere, monthly, stranger)).rejects.toThrow(/delivery is off/)
    for (const one of [id, elsewhere]) expect(await settingOf(one)).toBeNull()
  })
})
