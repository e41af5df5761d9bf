import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authenticate, createAuthenticator } from '../../src/auth/authenticate.ts'
import type { Caller } from '../../src/auth/caller.ts'
import { AuthenticationError } from '../../src/auth/errors.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { createLogger } from '../../src/log.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { createKeyOperations, type KeyOperations } from '../../src/operations/keys.ts'
import { type Delivery, DeliveryRefused, type TargetName } from '../../src/secrets/delivery.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller
let keys: KeyOperations
let authenticate: Authenticate
const logged: string[] = []
const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })

/** A secret manager that keeps what is written; `before` may hold a write up, or fail it. */
const manager: Delivery & { held: Map<string, string>; before(token: string): Promise<void> } = {
  held: new Map<string, string>(),
  before: async () => {},
  isOn: (environment) => environment !== 'testing',
  check(environment, { name }) {
    if (!name.startsWith(`kv/${environment}/`))
      throw new DeliveryRefused('The target does not lie under an allowed prefix.')
  },
  async write(_environment, { name }, token) {
    await manager.before(token)
    manager.held.set(name, token)
  },
}
const target = { store: 'vault', name: 'kv/production/acme' }

beforeAll(async () => {
  rig = await startOperations()
  owner = await rig.ownerIn('production')
  keys = createKeyOperations({ db: rig.db, delivery: manager, log })
  authenticate = createAuthenticator({ pool: rig.db.pool, onError: () => {} })
})
afterAll(() => rig.close())

const stateOf = (token: string | null | undefined): Promise<string> =>
  authenticate({ authorization: `Bearer ${token}`, environment: null, ip: null }).then(
    () => 'WORKS',
    (error: unknown) => (error instanceof AuthenticationError ? error.failure : String(error)),
  )
const statesOf = (...tokens: (string | null | undefined)[]) => Promise.all(tokens.map(stateOf))

/** Lets time pass for whatever ends some time. */
const pass = async (interval: string) => {
  for (const table of ['connection_token', 'api_key_secret'])
    await rig.db.pool.query(
      `UPDATE ${table} SET expires_at = expires_at - $1::interval, pending_until = pending_until - $1::interval`,
      [interval],
    )
}

const eventsOf = async (connectionId: string) =>
  (await rig.db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } })).map(
    ({ type }) => type,
  )
const auditOf = async (target: string) =>
  (await rig.db.prisma.auditEntry.findMany({ where: { target }, orderBy: { at: 'asc' } })).map(
    ({ action, outcome }) => `${action} ${outcome}`,
  )

/** Both kinds of secrets behave alike. */
const kinds = {
  'a connection token': {
    async make() {
      const { id, token } = await addConnection(rig.db)
      return { id, token }
    },
    async rotate(id: string, overlap?: string, deliverTo?: TargetName, caller = owner) {
      return keys.rotateConnectionToken(caller, {
        connectionId: id,
        overlap: overlap ?? null,
        deliverTo: deliverTo ?? null,
      })
    },
    revoke: (id: string) => keys.revokeConnectionToken(owner, { connectionId: id }),
    path: 'connectionId',
    action: 'CONNECTION_TOKEN',
  },
  'an API key': {
    make: () => addApiKey(rig.db, { scopes: ['SYNCS_READ'] }),
    async rotate(id: string, overlap?: string, deliverTo?: TargetName, caller = owner) {
      const { key, ...rest } = await keys.rotateApiKey(caller, {
        apiKeyId: id,
        overlap: overlap ?? null,
        deliverTo: deliverTo ?? null,
      })
      return { token: key, ...rest }
    },
    revoke: (id: string) => keys.revokeApiKey(owner, { apiKeyId: id }),
    path: 'id',
    action: 'API_KEY',
  },
}

describe.each(Object.entries(kinds))('%s', (_, { make, rotate, revoke, path, action }) => {
  test('without an overlap the old one has ended when the rotation returns', async () => {
    const { id, token: old } = await make()
    const { token, tokenDelivery } = await rotate(id)
    expect(tokenDelivery).toBe('SHOWN')
    expect(await statesOf(old, token)).toEqual(['EXPIRED', 'WORKS'])
    expect(await auditOf(id)).toEqual([`${action}_ROTATE OK`])
  })

  test('both work during the overlap, and the new one alone after it', async () => {
    const { id, token: old } = await make()
    const { token } = await rotate(id, 'P30D')
    expect(await statesOf(old, token)).toEqual(['WORKS', 'WORKS'])
    await pass('29 days 23:59')
    expect(await statesOf(old, token)).toEqual(['WORKS', 'WORKS'])
    await pass('2 minutes')
    expect(await statesOf(old, token)).toEqual(['EXPIRED', 'WORKS'])
  })

  test('a rotation during an overlap lets nothing of before live longer than it would have', async () => {
    const { id, token: first } = await make()
    const { token: second } = await rotate(id, 'PT1H')
    const { token: third } = await rotate(id, 'PT5H')
    expect(await statesOf(first, second, third)).toEqual(['WORKS', 'WORKS', 'WORKS'])
    await pass('2 hours')
    expect(await statesOf(first, second, third)).toEqual(['EXPIRED', 'WORKS', 'WORKS'])
    const { token: fourth } = await rotate(id)
    expect(await statesOf(first, second, third, fourth)).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED', 'WORKS'])
  })

  test('revoking ends the new and the old at once, and again changes nothing', async () => {
    const { id, token: old } = await make()
    const { token } = await rotate(id, 'P1D')
    await revoke(id)
    await revoke(id)
    expect(await statesOf(old, token)).toEqual(['REVOKED', 'REVOKED'])
    expect(await auditOf(id)).toEqual([`${action}_ROTATE OK`, `${action}_REVOKE OK`])
  })

  test.each(['P31D', 'PT721H', 'P1M', 'P1Y', 'PT0.5S', '1h', '', 'P'])(
    'an overlap of %j is refused, and noted',
    async (overlap) => {
      const { id, token } = await make()
      await expect(rotate(id, overlap)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['overlap'] })
      expect(await stateOf(token)).toBe('WORKS')
      expect(await auditOf(id)).toEqual([`${action}_ROTATE VALIDATION_FAILED`])
    },
  )

  test('nobody gets a secret that may do more than they, and the attempt is noted with who made it', async () => {
    const { id, token } = await make()
    const scopes = new Set<Scope>(['KEYS_MANAGE', 'CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'SYNCS_WRITE', 'AUDIT_READ'])
    const caller: Caller = { ...owner, kind: 'API_KEY', id: 'the caller', scopes, ip: '192.0.2.7' }
    await expect(rotate(id, 'P1D', undefined, caller)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      path: [path],
    })
    expect(await stateOf(token)).toBe('WORKS')
    expect(await rig.db.prisma.auditEntry.findFirst({ where: { target: id } })).toMatchObject({
      actor: 'the caller',
      action: `${action}_ROTATE`,
      outcome: 'VALIDATION_FAILED',
      ip: '192.0.2.7',
    })
  })

  test('what is of another environment is unknown, and noted', async () => {
    const { id, token } = await make()
    const stranger = await rig.ownerIn('testing')
    await expect(rotate(id, 'P1D', undefined, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND', path: [path] })
    expect(await stateOf(token)).toBe('WORKS')
    expect(await auditOf(id)).toEqual([`${action}_ROTATE NOT_FOUND`])
  })

  test('of rotations at once without an overlap exactly one new secret works', async () => {
    const { id, token: old } = await make()
    const made = await Promise.all(Array.from({ length: 8 }, () => rotate(id)))
    const states = await statesOf(old, ...made.map(({ token }) => token))
    expect(states.sort()).toEqual([...Array<string>(8).fill('EXPIRED'), 'WORKS'])
  })

  test('of two rotations at once with an overlap all three work until it ends, then one', async () => {
    const { id, token: old } = await make()
    const made = await Promise.all([rotate(id, 'PT1H'), rotate(id, 'PT1H')])
    const all = [old, ...made.map(({ token }) => token)]
    expect(await statesOf(...all)).toEqual(['WORKS', 'WORKS', 'WORKS'])
    await pass('61 minutes')
    expect((await statesOf(...all)).sort()).toEqual(['EXPIRED', 'EXPIRED', 'WORKS'])
  })

  test('a rotation against a revocation leaves the old one dead, whichever comes first', async () => {
    for (let round = 0; round < 10; round++) {
      const { id, token: old } = await make()
      const [rotated] = await Promise.allSettled([rotate(id, 'P1D'), revoke(id)])
      expect(await stateOf(old)).toBe('REVOKED')
      // the rotation that came second: of a key it is refused, to a connection it gives a token
      if (rotated.status === 'rejected') expect(rotated.reason).toMatchObject({ code: 'CONFLICT' })
      else if (action === 'API_KEY') expect(await stateOf(rotated.value.token)).toBe('REVOKED')
      else expect(['WORKS', 'REVOKED']).toContain(await stateOf(rotated.value.token))
    }
  })

  describe('delivered', () => {
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
})

test('a connection tells each rotation and revocation in its events, without a secret', async () => {
  const { id } = await addConnection(rig.db)
  const first = await keys.rotateConnectionToken(owner, { connectionId: id, overlap: 'PT1H' })
  await keys.revokeConnectionToken(owner, { connectionId: id })
  await keys.revokeConnectionToken(owner, { connectionId: id })
  const second = await keys.rotateConnectionToken(owner, { connectionId: id })
  expect(await eventsOf(id)).toEqual(['CONNECTION_CREATED', 'TOKEN_ROTATED', 'TOKEN_REVOKED', 'TOKEN_ROTATED'])
  expect(await stateOf(second.token)).toBe('WORKS')
  const { rows } = await rig.db.pool.query<{ row: string }>(
    `SELECT t::text AS row FROM event t UNION ALL SELECT t::text FROM audit_entry t UNION ALL SELECT t::text FROM connection_token t
     UNION ALL SELECT t::text FROM api_key t UNION ALL SELECT t::text FROM api_key_secret t`,
  )
  const stored = rows.map(({ row }) => row).join('\n') + logged.join('')
  for (const { token } of [first, second]) {
    expect(token).toMatch(/^syn_prod_c/)
    expect(stored).not.toContain(token)
    expect(stored).not.toContain(Buffer.from(token ?? '').toString('hex'))
  }
})

test('a disconnected connection gets no token, and a revoked or expired key no secret', async () => {
  const { connectionId } = await rig.operations.createConnection(owner, demoConnection())
  await rig.operations.disconnectConnection(owner, { connectionId })
  for (const attempt of [keys.rotateConnectionToken, keys.revokeConnectionToken])
    await expect(attempt(owner, { connectionId })).rejects.toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
  const revoked = await addApiKey(rig.db, { scopes: ['SYNCS_READ'] })
  await keys.revokeApiKey(owner, { apiKeyId: revoked.id })
  const expired = await addApiKey(rig.db, { scopes: ['SYNCS_READ'], expiresAt: new Date(Date.now() - 1_000) })
  for (const { id } of [revoked, expired])
    await expect(keys.rotateApiKey(owner, { apiKeyId: id })).rejects.toMatchObject({ code: 'CONFLICT', path: ['id'] })
})

test('a rotated key keeps its id and expiry: its new secret ends with it', async () => {
  const { id, token: old } = await addApiKey(rig.db, {
    scopes: ['SYNCS_READ'],
    expiresAt: new Date(Date.now() + 60_000),
  })
  const { key } = await keys.rotateApiKey(owner, { apiKeyId: id, overlap: 'P1D' })
  const session = await authenticate({ authorization: `Bearer ${key}`, environment: null, ip: null })
  expect(session.caller).toMatchObject({ kind: 'API_KEY', id })
  expect(session.expiresAt?.getTime()).toBeLessThan(Date.now() + 61_000)
  await rig.db.prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
  expect(await statesOf(old, key)).toEqual(['EXPIRED', 'EXPIRED'])
})

describe('what is made and delivered at once', () => {
  test('a key: written to its target, or revoked', async () => {
    const input = { name: 'delivered', environment: 'production', scopes: ['SYNCS_READ'] as const, deliverTo: target }
    const made = await keys.createApiKey(owner, input)
    expect(made).toMatchObject({ key: null, tokenDelivery: 'DELIVERED' })
    expect(await stateOf(manager.held.get(target.name))).toBe('WORKS')
    manager.before = () => Promise.reject(new Error('no'))
    const failed = await keys.createApiKey(owner, input)
    manager.before = async () => {}
    expect(failed).toMatchObject({ key: null, tokenDelivery: 'FAILED' })
    expect((await rig.db.prisma.apiKey.findUniqueOrThrow({ where: { id: failed.apiKeyId } })).revokedAt).not.toBeNull()
    expect(await auditOf(failed.apiKeyId)).toEqual(['API_KEY_CREATE OK', 'API_KEY_CREATE DELIVERY_FAILED'])
  })

  test("a connection's token: written to its target, or revoked, and a replay tells which", async () => {
    const operations = createOperations({ ...rig.deps, delivery: manager, log })
    const create = (idempotencyKey: string) =>
      operations.createConnection(owner, demoConnection({ deliverTokenTo: target, idempotencyKey }))
    const made = await create('delivered')
    expect(made).toMatchObject({ token: null, tokenDelivery: 'DELIVERED' })
    expect(await stateOf(manager.held.get(target.name))).toBe('WORKS')
    let lost = ''
    manager.before = async (token) => {
      lost = token
      throw new Error('no')
    }
    const failed = await create('failed')
    manager.before = async () => {}
    expect(failed).toMatchObject({ token: null, tokenDelivery: 'FAILED' })
    expect(await stateOf(lost)).toBe('REVOKED')
    expect(await create('failed')).toEqual(failed)
    await keys.revokeConnectionToken(owner, { connectionId: made.connectionId })
    expect(await create('delivered')).toEqual(made)
    const { token } = await keys.rotateConnectionToken(owner, { connectionId: failed.connectionId })
    expect(await stateOf(token)).toBe('WORKS')
  })
})
