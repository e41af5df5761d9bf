import { beforeEach, describe, expect, test } from 'vitest'
import { createOperations } from '../../src/operations/create-operations.ts'
import type { CreatedConnection } from '../../src/operations/operations.ts'
import { revokePresentedToken } from '../../src/operations/revoke-presented-token.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { demoConnection } from './operations-rig.ts'
import { startRotation, target } from './rotation-rig.ts'

const its = startRotation()
const { stateOf, statesOf, pass, auditOf, kinds, manager, log, logged } = its

beforeEach(() => its.rig.db.pool.query('DELETE FROM delivery_claim'))

describe.each(Object.entries(kinds))('%s, delivered', (_, { make, rotate, revoke, path, action }) => {
  test('it is written to the target and not shown; the old one ends with the overlap', async () => {
    const { id, token: old } = await make()
    const answer = await rotate(id, 'PT1H', target)
    expect(answer).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
    const token = manager.held.get(target.name)
    expect(await statesOf(old, token)).toEqual(['WORKS', 'WORKS'])
    await pass('61 minutes')
    expect(await statesOf(old, token)).toEqual(['EXPIRED', 'WORKS'])
  })

  test('while it is on its way the old one has no end and no second rotation begins; what is at the target works', async () => {
    const { id, token: old } = await make()
    let arrived: (token: string) => void = () => {}
    let goOn = () => {}
    const onItsWay = new Promise<string>((resolve) => {
      arrived = resolve
    })
    manager.before = (token) => {
      arrived(token)
      return new Promise((resolve) => {
        goOn = resolve
      })
    }
    const rotation = rotate(id, 'PT0S', target)
    const pending = await onItsWay
    manager.before = async () => {}
    expect(await statesOf(old, pending)).toEqual(['WORKS', 'WORKS'])
    for (const second of [undefined, target])
      await expect(rotate(id, 'P1D', second)).rejects.toMatchObject({ code: 'CONFLICT', path: [path] })
    goOn()
    await rotation
    expect(await statesOf(old, pending)).toEqual(['EXPIRED', 'WORKS'])
  })

  test('one that is revoked on its way stays dead, and the rotation says so', async () => {
    const { id, token: old } = await make()
    manager.before = async () => {
      await revoke(id)
    }
    await expect(rotate(id, 'P1D', target)).rejects.toMatchObject({ code: 'CONFLICT' })
    manager.before = async () => {}
    expect(await statesOf(old, manager.held.get(target.name))).toEqual(['REVOKED', 'REVOKED'])
  })

  test('when it cannot be written it is revoked, and the old one goes on as if nothing had been', async () => {
    const { id, token: old } = await make()
    const canaries: string[] = []
    for (const fail of [
      (token: string) => new Error(`PUT {"token":"${token}"} was refused`),
      (token: string) => new SecretStoreUnavailable(`Vault is sealed. ${token}`),
      (token: string) => new SecretStoreDenied(`Vault refuses. ${token}`),
    ]) {
      manager.before = async (token) => {
        canaries.push(token)
        throw fail(token)
      }
      expect(await rotate(id, 'PT0S', target)).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
    }
    manager.before = async () => {}
    expect(await statesOf(old, ...canaries)).toEqual(['WORKS', 'REVOKED', 'REVOKED', 'REVOKED'])
    expect(await auditOf(id)).toEqual(Array(3).fill(`${action}_ROTATE DELIVERY_FAILED`))
    for (const canary of canaries) expect(logged.join('')).not.toContain(canary)
    expect(logged.join('')).toContain('a token was not delivered')
    const { token } = await rotate(id)
    expect(await statesOf(old, token)).toEqual(['EXPIRED', 'WORKS'])
  })

  test('when the process dies on the way, nothing ends, and the next rotation takes over once the place is free', async () => {
    const { id, token: old } = await make()
    const written = new Promise<string>((resolve) => {
      manager.before = (token) => {
        resolve(token)
        return new Promise(() => {})
      }
    })
    rotate(id, 'PT0S', target).catch(() => {}) // nobody is there to hear of it
    const pending = await written
    manager.before = async () => {}
    await expect(rotate(id)).rejects.toMatchObject({ code: 'CONFLICT' })
    await pass('121 seconds')
    expect(await statesOf(old, pending)).toEqual(['WORKS', 'WORKS'])
    const { token } = await rotate(id, 'PT1H')
    expect(await statesOf(old, pending, token)).toEqual(['WORKS', 'WORKS', 'WORKS'])
    await pass('61 minutes')
    expect(await statesOf(old, pending, token)).toEqual(['EXPIRED', 'EXPIRED', 'WORKS'])
  })

  test('a target that is not allowed is refused before anything is made', async () => {
    const { id, token } = await make()
    const elsewhere = { store: 'vault', name: 'kv/testing/acme' }
    await expect(rotate(id, 'P1D', elsewhere)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      path: ['deliverTo'],
    })
    expect(await stateOf(token)).toBe('WORKS')
  })
})

describe('what is made and delivered at once', () => {
  test('a key: written to its target, or revoked', async () => {
    const input = { name: 'delivered', environment: 'production', scopes: ['SYNCS_READ'] as const, deliverTo: target }
    const made = await its.keys.createApiKey(its.owner, input)
    expect(made).toMatchObject({ key: null, tokenDelivery: 'DELIVERED' })
    expect(await stateOf(manager.held.get(target.name))).toBe('WORKS')
    manager.before = () => Promise.reject(new Error('no'))
    const elsewhere = { ...input, deliverTo: { ...target, name: 'kv/production/elsewhere' } }
    const failed = await its.keys.createApiKey(its.owner, elsewhere)
    manager.before = async () => {}
    expect(failed).toMatchObject({ key: null, tokenDelivery: 'FAILED' })
    expect(
      (await its.rig.db.prisma.apiKey.findUniqueOrThrow({ where: { id: failed.apiKeyId } })).revokedAt,
    ).not.toBeNull()
    expect(await auditOf(failed.apiKeyId)).toEqual(['API_KEY_CREATE OK', 'API_KEY_CREATE DELIVERY_FAILED'])
  })
})

describe.each(['connecting', 'reconnecting'])("a connection's token, delivered when %s", (way) => {
  const operations = () => createOperations({ ...its.rig.deps, delivery: manager, log })
  const to = (idempotencyKey: string) => ({
    deliverTokenTo: { ...target, name: `kv/production/${idempotencyKey}` },
    idempotencyKey,
  })

  /** Connects, again and again with the same answer lost. */
  async function prepare(): Promise<(idempotencyKey: string) => Promise<CreatedConnection>> {
    if (way === 'connecting') return (key) => operations().createConnection(its.owner, demoConnection(to(key)))
    const { connectionId } = await its.rig.operations.createConnection(its.owner, demoConnection())
    await its.rig.operations.disconnectConnection(its.owner, { connectionId })
    return (key) => operations().reconnectConnection(its.owner, { connectionId, credentials: {}, ...to(key) })
  }

  test('is at its target, and a replay tells that, also when it was revoked since', async () => {
    const connect = await prepare()
    const made = await connect('delivered')
    expect(made).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
    expect(await stateOf(manager.held.get('kv/production/delivered'))).toBe('WORKS')
    await its.keys.revokeConnectionToken(its.owner, { connectionId: made.connectionId })
    expect(await connect('delivered')).toEqual(made)
  })

  test('or is revoked, while the connection stands and syncs; a replay tells that', async () => {
    const connect = await prepare()
    manager.held.clear()
    let lost = ''
    manager.before = async (token) => {
      lost = token
      throw new SecretStoreDenied(`Vault refuses. ${token}`)
    }
    const failed = await connect('failed')
    manager.before = async () => {}
    expect(failed).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
    expect(await stateOf(lost)).toBe('REVOKED')
    expect(manager.held.size).toBe(0)
    expect(logged.join('')).not.toContain(lost)
    const { connectionId, syncRunId } = failed
    const { status } = await its.rig.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } })
    expect(status).toBe('ACTIVE')
    expect(await its.rig.db.prisma.syncRun.count({ where: { id: syncRunId, connectionId } })).toBe(1)
    const made = way === 'connecting' ? 'CONNECTION_CREATE' : 'CONNECTION_RECONNECT'
    expect(await auditOf(connectionId)).toEqual([`${made} OK`, 'CONNECTION_TOKEN_DELIVER DELIVERY_FAILED'])
    expect(await connect('failed')).toEqual(failed)
    // its target is still its own
    const { deliverTokenTo } = to('failed')
    const rotated = await its.keys.rotateConnectionToken(its.owner, { connectionId, deliverTo: deliverTokenTo })
    expect(rotated).toMatchObject({ tokenDelivery: 'DELIVERED' })
    expect(await stateOf(manager.held.get('kv/production/failed'))).toBe('WORKS')
  })

  test('or is revoked on its way by whoever holds it; a replay tells the same', async () => {
    const connect = await prepare()
    manager.before = (token) => revokePresentedToken({ db: its.rig.db, log })(token, null)
    const failed = await connect('leaked')
    manager.before = async () => {}
    expect(failed).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
    expect(await connect('leaked')).toEqual(failed)
  })

  test('is one of several calls at once; those that come while it is on its way are told to wait', async () => {
    const connect = await prepare()
    const made = await Promise.allSettled([1, 2, 3, 4].map(() => connect('at once')))
    const answers = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(new Set(answers.map(({ connectionId }) => connectionId)).size).toBe(1)
    for (const answer of answers) expect(answer).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
    for (const one of made)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CONFLICT', path: ['idempotencyKey'] })
    expect(await connect('at once')).toEqual(answers[0])
  })
})
