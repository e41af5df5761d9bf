import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { newId } from '../../src/store/ids.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller

beforeAll(async () => {
  rig = await startOperations()
  owner = await rig.ownerIn('production')
})
afterAll(() => rig.close())

const create = (idempotencyKey: string, rest: object = {}, caller = owner) =>
  rig.operations.createConnection(caller, demoConnection({ idempotencyKey, ...rest }))

/** The pool's columns and its ledger tell one story; answers how many credits are used. */
async function usedCredits(environmentId: string): Promise<number> {
  const environment = await rig.db.prisma.environment.findUniqueOrThrow({ where: { id: environmentId } })
  const ledger = await rig.db.prisma.creditEntry.findMany({ where: { environmentId } })
  const sum = ledger.reduce((total, entry) => total + entry.delta, 0)
  expect(sum).toBe(environment.creditTotal - environment.creditUsed)
  const held = await rig.db.prisma.connection.count({ where: { environmentId, disconnectedAt: null } })
  expect(environment.creditUsed).toBe(held)
  return environment.creditUsed
}

test('a replay answers the same objects without the token, and makes nothing', async () => {
  const first = await create('replay')
  const secrets = await rig.db.prisma.localSecret.count()
  const used = await usedCredits(owner.environmentId)
  const again = await create('replay')
  expect(again).toEqual({
    connectionId: first.connectionId,
    syncRunId: first.syncRunId,
    token: null,
    tokenDelivery: 'SHOWN',
  })
  expect(first.token).not.toBeNull()
  expect(await rig.db.prisma.localSecret.count()).toBe(secrets)
  expect(await usedCredits(owner.environmentId)).toBe(used)
})

test('a replay answers even while the source is away', async () => {
  const first = await create('away')
  rig.demo.setSwitches({ refuse: true })
  try {
    expect(await create('away')).toMatchObject({ connectionId: first.connectionId })
  } finally {
    rig.demo.setSwitches({ refuse: false })
  }
})

test('the same key with other input is a conflict', async () => {
  await create('conflict')
  await expect(create('conflict', { name: 'Other' })).rejects.toMatchObject({
    code: 'CONFLICT',
    path: ['idempotencyKey'],
  })
})

test('a key is one per environment, caller and operation', async () => {
  const first = await create('scoped')
  const elsewhere = await create('scoped', {}, await rig.ownerIn('development'))
  const other = await create('scoped', {}, { ...owner, kind: 'API_KEY', id: 'another key' })
  const { syncRunId } = await rig.operations.startSync(owner, {
    connectionId: first.connectionId,
    idempotencyKey: 'scoped',
  })
  expect(new Set([first.connectionId, elsewhere.connectionId, other.connectionId]).size).toBe(3)
  expect(syncRunId).toBe(first.syncRunId) // attached to
})

test('a key older than 7 days is new again', async () => {
  const first = await create('old')
  await rig.db.pool.query(
    `UPDATE idempotency_key SET created_at = now() - interval '7 days 1 minute' WHERE key = 'old'`,
  )
  const second = await create('old')
  expect(second.connectionId).not.toBe(first.connectionId)
  expect(await create('old')).toMatchObject({ connectionId: second.connectionId, token: null })
})

test('several calls at once with one key make one connection and show its token once', async () => {
  const before = await rig.db.prisma.connection.count()
  const secrets = await rig.db.prisma.localSecret.count()
  const made = await Promise.all([1, 2, 3, 4].map(() => create('at once')))
  expect(new Set(made.map((one) => one.connectionId)).size).toBe(1)
  expect(new Set(made.map((one) => one.syncRunId)).size).toBe(1)
  expect(made.filter((one) => one.token !== null)).toHaveLength(1)
  expect(await rig.db.prisma.connection.count()).toBe(before + 1)
  expect(await rig.db.prisma.localSecret.count()).toBe(secrets + 1)
  await usedCredits(owner.environmentId)
})

test('several calls at once with one key and one credit left all get the connection that took it', async () => {
  const development = await rig.ownerIn('development')
  const { environmentId } = development
  const { creditTotal, creditUsed } = await rig.db.prisma.environment.findUniqueOrThrow({
    where: { id: environmentId },
  })
  const setTotal = (total: number) =>
    rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: total } })
  await setTotal(creditUsed + 1)
  try {
    const made = await Promise.all([1, 2, 3, 4].map(() => create('last credit', {}, development)))
    expect(new Set(made.map((one) => `${one.connectionId} ${one.syncRunId}`)).size).toBe(1)
    expect(made.filter((one) => one.token !== null)).toHaveLength(1)
    await expect(create('another key', {}, development)).rejects.toMatchObject({ code: 'INSUFFICIENT_CREDITS' })
    await expect(create('last credit', { name: 'Other' }, development)).rejects.toMatchObject({ code: 'CONFLICT' })
  } finally {
    await setTotal(creditTotal)
  }
})

test('the order in which JSON names its fields is no other input', async () => {
  const config = { lagSeconds: 3, baseUrl: rig.demo.url }
  const first = await create('order', { config, customer: { externalId: 'C', name: 'N' } })
  const turned = { baseUrl: rig.demo.url, lagSeconds: 3 }
  const again = await create('order', { customer: { name: 'N', externalId: 'C' }, config: turned })
  expect(again).toMatchObject({ connectionId: first.connectionId, token: null })
  const entities = (given: string[]) => create('list order', { entities: given })
  await entities(['PART', 'VENDOR'])
  await expect(entities(['VENDOR', 'PART'])).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('startSync with one key, several times at once and again later, makes one run', async () => {
  const { connectionId, syncRunId: initial } = await create('for sync')
  await rig.db.pool.query(`UPDATE entity_run SET status = 'SUCCEEDED', slot = NULL WHERE sync_run_id = $1`, [initial])
  const sync = () => rig.operations.startSync(owner, { connectionId, mode: 'FULL_RESYNC', idempotencyKey: 'sync' })
  const answers = await Promise.all([sync(), sync(), sync()])
  answers.push(await sync())
  for (const answer of answers)
    expect(answer).toEqual({ syncRunId: answers[0]?.syncRunId, alreadyRunning: [], attachedRunIds: [] })
  expect(await rig.db.prisma.syncRun.count({ where: { connectionId } })).toBe(2)
  await expect(
    rig.operations.startSync(owner, { connectionId, mode: 'INCREMENTAL', idempotencyKey: 'sync' }),
  ).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('100 connects at once on 10 credits make exactly 10 connections, and the ledger sums to the balance', async () => {
  const testing = await rig.ownerIn('testing')
  const { environmentId } = testing
  await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: 10 } })
  await rig.db.prisma.creditEntry.create({
    data: { id: newId(), environmentId, delta: -90, reason: 'GRANT', balance: 10 },
  })
  const secrets = await rig.db.prisma.localSecret.count()
  const made = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) => rig.operations.createConnection(testing, demoConnection({ name: `C${i}` }))),
  )
  const ok = made.filter((one) => one.status === 'fulfilled')
  const errors = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as object] : []))
  expect(ok).toHaveLength(10)
  for (const error of errors) expect(error).toMatchObject({ code: 'INSUFFICIENT_CREDITS', available: 0 })
  expect(await rig.db.prisma.connection.count({ where: { environmentId } })).toBe(10)
  expect(await rig.db.prisma.localSecret.count()).toBe(secrets + 10)
  expect(await usedCredits(environmentId)).toBe(10)
  const balances = await rig.db.prisma.creditEntry.findMany({ where: { environmentId, reason: 'CONNECT' } })
  expect(balances.map((entry) => entry.balance).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('100 disconnects at once return the credit once, and a later one returns 0', async () => {
  const development = await rig.ownerIn('development')
  const { connectionId } = await rig.operations.createConnection(development, demoConnection())
  const used = await usedCredits(development.environmentId)
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => rig.operations.disconnectConnection(development, { connectionId })),
  )
  expect(answers.map((answer) => answer.creditsReturned).sort()).toEqual([...Array<number>(99).fill(0), 1])
  expect(await rig.operations.disconnectConnection(development, { connectionId })).toEqual({
    connectionId,
    creditsReturned: 0,
  })
  expect(await usedCredits(development.environmentId)).toBe(used - 1)
})

test('connects and disconnects at once end with a balance that is true', async () => {
  const development = await rig.ownerIn('development')
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const { connectionId } = await rig.operations.createConnection(development, demoConnection())
      await rig.operations.disconnectConnection(development, { connectionId })
    }),
  )
  await usedCredits(development.environmentId)
})
