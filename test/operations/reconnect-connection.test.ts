import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { createRegistry } from '../../src/connectors/registry.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import type { CreateConnectionInput, ReconnectConnectionInput } from '../../src/operations/operations.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'
import { refusalNoted, traces as tracesOf } from './traces.ts'

let rig: OperationsRig
let owner: Caller

beforeAll(async () => {
  rig = await startOperations({ apiKey: 'open sesame' })
  owner = await rig.ownerIn('development')
})
afterAll(() => rig.close())
afterEach(() => rig.demo.setSwitches({ refuse: false }))

const credentials = { apiKey: 'open sesame' }
const traces = () => tracesOf(rig, owner)

/** A disconnected connection. */
async function gone(rest: Partial<CreateConnectionInput> = {}, caller = owner) {
  const made = await rig.operations.createConnection(caller, demoConnection({ credentials, ...rest }))
  await rig.operations.disconnectConnection(caller, made)
  return made.connectionId
}
const reconnect = (connectionId: string, rest: Partial<ReconnectConnectionInput> = {}, caller = owner) =>
  rig.operations.reconnectConnection(caller, { connectionId, credentials, ...rest })
const stored = (id: string) =>
  rig.db.prisma.connection.findUniqueOrThrow({
    where: { id },
    include: {
      gate: true,
      tokens: true,
      entities: { orderBy: { entity: 'asc' } },
      syncRuns: { include: { entities: true } },
    },
  })
const schedulesOf = async (id: string) =>
  Object.fromEntries((await stored(id)).entities.map(({ entity, schedule }) => [entity, schedule]))

async function refused(connectionId: string, input: Partial<ReconnectConnectionInput>, error: object, caller = owner) {
  const before = await traces()
  await expect(reconnect(connectionId, input, caller)).rejects.toMatchObject(error)
  expect(await traces()).toEqual(refusalNoted(before))
}

test('it takes over all but the credentials, has a token, a credit and an INITIAL run of its own, and the old one stays as it is', async () => {
  const config = { lagSeconds: 7, pageSize: 50 }
  const old = await gone({
    name: 'Plant',
    customer: { externalId: 'c1', name: 'Acme' },
    config,
    entities: ['PART', 'VENDOR'],
    historyDays: 33,
    schedule: { every: 'PT15M' },
  })
  await rig.db.prisma.connection.update({ where: { id: old }, data: { deleteGuardPercent: 5 } })
  const [before, oldBefore] = [await traces(), await stored(old)]
  const made = await reconnect(old)
  expect(made).toMatchObject({ tokenDelivery: 'SHOWN', token: expect.stringMatching(/^syn_dev_/) })
  expect(await traces()).toEqual({
    ...before,
    connections: before.connections + 1,
    gates: before.gates + 1,
    states: before.states + 2,
    tokens: before.tokens + 1,
    runs: before.runs + 1,
    entityRuns: before.entityRuns + 2,
    events: before.events + 2,
    credits: before.credits + 1,
    used: before.used + 1,
    audits: before.audits + 1,
    secrets: before.secrets + 1,
    workflows: before.workflows + 1,
  })
  expect(await stored(made.connectionId)).toMatchObject({
    name: 'Plant',
    system: 'demo',
    customerExternalId: 'c1',
    customerName: 'Acme',
    config,
    historyDays: 33,
    deleteGuardPercent: 5,
    reconnectedFromId: old,
    disconnectedAt: null,
    gate: { status: 'ACTIVE' },
    tokens: [{ revokedAt: null }],
    entities: [
      { entity: 'PART', schedule: { every: 'PT15M' }, recordCount: 0, watermark: null },
      { entity: 'VENDOR', schedule: { every: 'PT15M' }, recordCount: 0, watermark: null },
    ],
    syncRuns: [{ id: made.syncRunId, mode: 'INITIAL', trigger: 'CONNECT', status: 'QUEUED', requestedBy: 'owner' }],
  })
  expect(await stored(old)).toEqual(oldBefore)
  expect(rig.temporal.calls.at(-1)).toEqual([
    'startRun',
    { syncRunId: made.syncRunId, connectionId: made.connectionId, mode: 'INITIAL' },
  ])
  const audit = await rig.db.prisma.auditEntry.findFirstOrThrow({ where: { target: made.connectionId } })
  expect(audit).toMatchObject({ action: 'CONNECTION_RECONNECT', actor: 'owner', outcome: 'OK' })
})

test('what is given replaces what was', async () => {
  const old = await gone({ config: { lagSeconds: 7 }, entities: ['PART', 'VENDOR'], schedule: { every: 'PT15M' } })
  const made = await reconnect(old, {
    config: { lagSeconds: 3 },
    entities: ['ASSET', 'PART'],
    historyDays: 10,
    schedule: { cron: '0 6 * * *' },
  })
  expect(await stored(made.connectionId)).toMatchObject({ config: { lagSeconds: 3 }, historyDays: 10 })
  expect(await schedulesOf(made.connectionId)).toEqual({ ASSET: { cron: '0 6 * * *' }, PART: { cron: '0 6 * * *' } })
})

test('each entity keeps its own schedule; one that is new runs with the others where these have one; disabled ones stay behind', async () => {
  const made = await rig.operations.createConnection(
    owner,
    demoConnection({ credentials, entities: ['PART', 'VENDOR', 'ASSET'], schedule: { every: 'PT1H' } }),
  )
  const old = made.connectionId
  await rig.operations.updateConnection(owner, { connectionId: old, entities: ['PART', 'VENDOR'] })
  await rig.operations.disconnectConnection(owner, made)
  const second = await reconnect(old, { entities: ['PART', 'WORK_ORDER'] })
  expect(await schedulesOf(second.connectionId)).toEqual({ PART: { every: 'PT1H' }, WORK_ORDER: { every: 'PT1H' } })

  await rig.operations.setSchedule(owner, { connectionId: second.connectionId, entities: ['PART'], schedule: null })
  await rig.operations.disconnectConnection(owner, second)
  const third = await reconnect(second.connectionId)
  expect(await schedulesOf(third.connectionId)).toEqual({ PART: null, WORK_ORDER: { every: 'PT1H' } })
  await rig.operations.disconnectConnection(owner, third)
  const fourth = await reconnect(third.connectionId, { entities: ['PART', 'WORK_ORDER', 'ASSET'] })
  expect(await schedulesOf(fourth.connectionId)).toEqual({ ASSET: null, PART: null, WORK_ORDER: { every: 'PT1H' } })

  const former = await gone({ entities: ['PART', 'VENDOR'] })
  expect(Object.keys(await schedulesOf((await reconnect(former)).connectionId))).toEqual(['PART', 'VENDOR'])
})

test('what cannot be is refused by its path, and leaves no trace but that it was tried', async () => {
  const old = await gone({ entities: ['PART', 'VENDOR'] })
  const invalid = (...path: string[]) => ({ code: 'VALIDATION_FAILED', path })
  await refused(old, { credentials: { apiKey: 'wrong' } }, { code: 'SOURCE_AUTH_FAILED', path: ['credentials'] })
  await refused(old, { credentials: null }, invalid('credentials'))
  await refused(old, { config: { bogus: 1 } }, invalid('config'))
  await refused(old, { config: { baseUrl: 'http://127.0.0.1:1' } }, { code: 'SOURCE_UNREACHABLE' })
  await refused(old, { entities: [] }, invalid('entities'))
  await refused(old, { entities: ['PART', 'INVOICE'] }, invalid('entities', '1'))
  await refused(old, { historyDays: 0 }, invalid('historyDays'))
  await refused(old, { schedule: { every: '15m' } }, invalid('schedule', 'every'))
  await refused(old, { deliverTokenTo: { store: 'vault', name: 'x' } }, invalid('deliverTokenTo'))
  await refused(old, { idempotencyKey: '' }, invalid('idempotencyKey'))
  await refused(old, {}, { code: 'NOT_FOUND', path: ['connectionId'] }, await rig.ownerIn('production'))
  await refused('nonsense', {}, { code: 'NOT_FOUND', path: ['connectionId'] })
  await reconnect(old)
})

test('a config that no longer sets up what was synced, and a system that is no more, are refused', async () => {
  const old = await gone({ entities: ['PART', 'VENDOR'] })
  const demo = rig.deps.connectors.get('demo')
  if (!demo) throw new Error('there is no demo')
  const narrow = { ...demo, configured: () => ['PART' as const] }
  const over = (connectors: ReturnType<typeof createRegistry>) => createOperations({ ...rig.deps, connectors })
  const input = { connectionId: old, credentials }
  await expect(over(createRegistry([narrow])).reconnectConnection(owner, input)).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['config'],
    message: expect.stringContaining('VENDOR'),
  })
  await expect(over(createRegistry([])).reconnectConnection(owner, input)).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
    path: ['connectionId'],
  })
})

test('a connection that is not disconnected is a conflict, whatever its status', async () => {
  const { connectionId } = await rig.operations.createConnection(owner, demoConnection({ credentials }))
  const conflict = { code: 'CONFLICT', path: ['connectionId'], connectionId: null }
  await refused(connectionId, {}, conflict)
  await rig.operations.pauseConnection(owner, { connectionId })
  await refused(connectionId, {}, conflict)
  await rig.db.prisma.connectionGate.update({ where: { connectionId }, data: { status: 'ACTION_REQUIRED' } })
  await refused(connectionId, {}, conflict)
})

test('without a credit it says what is needed and what is free, and leaves no trace but that it was tried', async () => {
  const testing = await rig.ownerIn('testing')
  const old = await gone({}, testing)
  const { environmentId } = testing
  const { creditUsed, creditTotal } = await rig.db.prisma.environment.findUniqueOrThrow({
    where: { id: environmentId },
  })
  const setTotal = (total: number) =>
    rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: total } })
  await setTotal(creditUsed)
  await refused(old, {}, { code: 'INSUFFICIENT_CREDITS', required: 1, available: 0 }, testing)
  await setTotal(creditTotal)
  await reconnect(old, {}, testing)
})

test('it is followed by one only: a second is a conflict that names the last of the chain, disconnected or not', async () => {
  const first = await gone({ name: 'Chain' })
  const second = await reconnect(first)
  const conflict = (id: string, text: string) => ({
    code: 'CONFLICT',
    path: ['connectionId'],
    connectionId: id,
    message: expect.stringContaining(text),
  })
  await refused(first, {}, conflict(second.connectionId, 'Use that one'))
  await rig.operations.disconnectConnection(owner, second)
  await refused(first, {}, conflict(second.connectionId, 'reconnect that one'))
  const third = await reconnect(second.connectionId)
  await refused(first, {}, conflict(third.connectionId, 'Use that one'))
  await refused(second.connectionId, {}, conflict(third.connectionId, 'Use that one'))
})

test('several at once make one connection; the others are conflicts that name it, also when it took the last credit', async () => {
  const testing = await rig.ownerIn('testing')
  const { environmentId } = testing
  for (const spare of [10, 1]) {
    const old = await gone({}, testing)
    const { creditUsed } = await rig.db.prisma.environment.findUniqueOrThrow({ where: { id: environmentId } })
    await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: creditUsed + spare } })
    const secrets = await rig.db.prisma.localSecret.count()
    const made = await Promise.allSettled([1, 2, 3, 4, 5].map(() => reconnect(old, {}, testing)))
    const won = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    expect(won).toHaveLength(1)
    for (const one of made)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'CONFLICT', connectionId: won[0]?.connectionId })
    expect(await rig.db.prisma.connection.count({ where: { reconnectedFromId: old } })).toBe(1)
    expect(await rig.db.prisma.localSecret.count()).toBe(secrets + 1)
    const after = await rig.db.prisma.environment.findUniqueOrThrow({ where: { id: environmentId } })
    expect(after.creditUsed).toBe(creditUsed + 1)
    await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: 100 } })
  }
})

test('a replay of an idempotency key answers the same objects without the token, also while the source is away; other input is a conflict', async () => {
  const old = await gone()
  const first = await reconnect(old, { idempotencyKey: 'again' })
  rig.demo.setSwitches({ refuse: true })
  const replay = { connectionId: first.connectionId, syncRunId: first.syncRunId, token: null, tokenDelivery: 'SHOWN' }
  const before = await traces()
  expect(await reconnect(old, { idempotencyKey: 'again' })).toEqual(replay)
  await refused(old, { idempotencyKey: 'again', historyDays: 5 }, { code: 'CONFLICT', path: ['idempotencyKey'] })
  await rig.operations.disconnectConnection(owner, first)
  expect(await reconnect(old, { idempotencyKey: 'again' })).toEqual(replay)
  expect((await traces()).connections).toBe(before.connections)
})

test('several at once with one key make one connection and show its token once, also on the last credit', async () => {
  const old = await gone()
  const { environmentId } = owner
  const { creditUsed } = await rig.db.prisma.environment.findUniqueOrThrow({ where: { id: environmentId } })
  await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: creditUsed + 1 } })
  const made = await Promise.all([1, 2, 3, 4].map(() => reconnect(old, { idempotencyKey: 'at once' })))
  await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: 100 } })
  expect(new Set(made.map((one) => `${one.connectionId} ${one.syncRunId}`)).size).toBe(1)
  expect(made.filter((one) => one.token !== null)).toHaveLength(1)
})

test('it is made also when Temporal is away, and when the data of the old one are deleted', async () => {
  const old = await gone()
  await rig.operations.deleteConnectionData(owner, { connectionId: old })
  const temporal = { ...rig.temporal, startRun: () => Promise.reject(new Error('no server')) }
  const log = Object.assign(Object.create(rig.deps.log), { warn: () => {} })
  const made = await createOperations({ ...rig.deps, temporal, log }).reconnectConnection(owner, {
    connectionId: old,
    credentials,
  })
  const run = await rig.db.prisma.syncRun.findUniqueOrThrow({ where: { id: made.syncRunId } })
  expect(run).toMatchObject({ status: 'QUEUED', temporalRunId: null })
})
