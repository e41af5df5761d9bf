import { describe, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import type { Scope } from '../../src/generated/prisma/enums.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { demoConnection } from './operations-rig.ts'
import { startRotation } from './rotation-rig.ts'

const its = startRotation()
const { stateOf, statesOf, pass, eventsOf, auditOf, kinds, logged } = its

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
    const caller: Caller = { ...its.owner, kind: 'API_KEY', id: 'the caller', scopes, ip: '192.0.2.7' }
    await expect(rotate(id, 'P1D', undefined, caller)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      path: [path],
    })
    expect(await stateOf(token)).toBe('WORKS')
    expect(await its.rig.db.prisma.auditEntry.findFirst({ where: { target: id } })).toMatchObject({
      actor: 'the caller',
      action: `${action}_ROTATE`,
      outcome: 'VALIDATION_FAILED',
      ip: '192.0.2.7',
    })
  })

  test('what is of another environment is unknown, and noted', async () => {
    const { id, token } = await make()
    const stranger = await its.rig.ownerIn('testing')
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
})

test('a connection tells each rotation and revocation in its events, without a secret', async () => {
  const { id } = await addConnection(its.rig.db)
  const first = await its.keys.rotateConnectionToken(its.owner, { connectionId: id, overlap: 'PT1H' })
  await its.keys.revokeConnectionToken(its.owner, { connectionId: id })
  await its.keys.revokeConnectionToken(its.owner, { connectionId: id })
  const second = await its.keys.rotateConnectionToken(its.owner, { connectionId: id })
  expect(await eventsOf(id)).toEqual(['CONNECTION_CREATED', 'TOKEN_ROTATED', 'TOKEN_REVOKED', 'TOKEN_ROTATED'])
  expect(await stateOf(second.token)).toBe('WORKS')
  const { rows } = await its.rig.db.pool.query<{ row: string }>(
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

test('a rotation against a disconnect leaves no token that works', async () => {
  for (let round = 0; round < 10; round++) {
    const { connectionId, token: old } = await its.rig.operations.createConnection(its.owner, demoConnection())
    const [rotated] = await Promise.allSettled([
      its.keys.rotateConnectionToken(its.owner, { connectionId, overlap: 'P1D' }),
      its.rig.operations.disconnectConnection(its.owner, { connectionId }),
    ])
    if (rotated.status === 'rejected') expect(rotated.reason).toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
    else expect(await stateOf(rotated.value.token)).toBe('DISCONNECTED')
    expect(await stateOf(old)).toBe('DISCONNECTED')
    expect(await its.rig.db.prisma.connectionToken.count({ where: { connectionId, revokedAt: null } })).toBe(0)
  }
})

test('a disconnected connection gets no token, and a revoked or expired key no secret', async () => {
  const { connectionId } = await its.rig.operations.createConnection(its.owner, demoConnection())
  await its.rig.operations.disconnectConnection(its.owner, { connectionId })
  for (const attempt of [its.keys.rotateConnectionToken, its.keys.revokeConnectionToken])
    await expect(attempt(its.owner, { connectionId })).rejects.toMatchObject({ code: 'CONNECTION_DISCONNECTED' })
  const revoked = await addApiKey(its.rig.db, { scopes: ['SYNCS_READ'] })
  await its.keys.revokeApiKey(its.owner, { apiKeyId: revoked.id })
  const expired = await addApiKey(its.rig.db, { scopes: ['SYNCS_READ'], expiresAt: new Date(Date.now() - 1_000) })
  for (const { id } of [revoked, expired])
    await expect(its.keys.rotateApiKey(its.owner, { apiKeyId: id })).rejects.toMatchObject({
      code: 'CONFLICT',
      path: ['id'],
    })
})

test('a key that ends makes none that outlives it', async () => {
  const expiresAt = new Date(Date.now() + 60_000)
  const { id } = await addApiKey(its.rig.db, { scopes: ['KEYS_MANAGE'], expiresAt })
  const caller: Caller = { ...its.owner, kind: 'API_KEY', id, scopes: new Set<Scope>(['KEYS_MANAGE']) }
  const create = (end: Date | null) =>
    its.keys.createApiKey(caller, {
      name: 'child',
      environment: 'production',
      scopes: ['KEYS_MANAGE'],
      expiresAt: end,
    })
  const endOf = async ({ apiKeyId }: { apiKeyId: string }) =>
    (await its.rig.db.prisma.apiKey.findUniqueOrThrow({ where: { id: apiKeyId } })).expiresAt
  expect(await endOf(await create(null))).toEqual(expiresAt)
  const sooner = new Date(expiresAt.getTime() - 1_000)
  expect(await endOf(await create(sooner))).toEqual(sooner)
  await expect(create(new Date(expiresAt.getTime() + 1))).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['expiresAt'],
  })
})

test('a rotated key keeps its id and expiry: its new secret ends with it', async () => {
  const { id, token: old } = await addApiKey(its.rig.db, {
    scopes: ['SYNCS_READ'],
    expiresAt: new Date(Date.now() + 60_000),
  })
  const { key } = await its.keys.rotateApiKey(its.owner, { apiKeyId: id, overlap: 'P1D' })
  const session = await its.authenticate({ authorization: `Bearer ${key}`, environment: null, ip: null })
  expect(session.caller).toMatchObject({ kind: 'API_KEY', id })
  expect(session.expiresAt?.getTime()).toBeLessThan(Date.now() + 61_000)
  await its.rig.db.prisma.apiKey.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
  expect(await statesOf(old, key)).toEqual(['EXPIRED', 'EXPIRED'])
})
