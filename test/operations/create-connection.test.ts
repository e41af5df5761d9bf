import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'
import { refusalNoted, traces as tracesOf } from './traces.ts'

let rig: OperationsRig
let owner: Caller

beforeAll(async () => {
  rig = await startOperations({ apiKey: 'open sesame' })
  owner = await rig.ownerIn('development')
})
afterAll(() => rig.close())
afterEach(() => {
  vi.restoreAllMocks()
  rig.demo.setSwitches({ html: false, hang: false, refuse: false })
})

const good = { credentials: { apiKey: 'open sesame' } }

const traces = () => tracesOf(rig, owner)

async function refused(input: Partial<Parameters<typeof demoConnection>[0]>, error: object) {
  const before = await traces()
  await expect(rig.operations.createConnection(owner, demoConnection({ ...good, ...input }))).rejects.toMatchObject(
    error,
  )
  expect(await traces()).toEqual(refusalNoted(before))
}

const invalid = (...path: string[]) => ({ code: 'VALIDATION_FAILED', path })

test.each([
  ['a system that does not exist', { system: 'sap-r2' }, invalid('system')],
  ['a config of the wrong kind', { config: { pageSize: 'many' } }, invalid('config', 'pageSize')],
  ['a config with a field too many', { config: { bogus: 1 } }, invalid('config')],
  ['no config', { config: undefined }, invalid('config')],
  ['credentials of the wrong kind', { credentials: { apiKey: '' } }, invalid('credentials', 'apiKey')],
  ['credentials that are none', { credentials: null }, invalid('credentials')],
  ['an empty name', { name: '  ' }, invalid('name')],
  ['no entity', { entities: [] }, invalid('entities')],
  ['an entity that the system has not', { entities: ['PART', 'INVOICE'] as const }, invalid('entities', '1')],
  ['a history of no days', { historyDays: 0 }, invalid('historyDays')],
  ['a history of half a day', { historyDays: 1.5 }, invalid('historyDays')],
  ['a history longer than ten years', { historyDays: 3_651 }, invalid('historyDays')],
  ['a schedule with both every and cron', { schedule: { every: 'PT15M', cron: '0 * * * *' } }, invalid('schedule')],
  ['a schedule that is no duration', { schedule: { every: '15m' } }, invalid('schedule', 'every')],
  [
    'a time zone that does not exist',
    { schedule: { cron: '0 * * * *', timeZone: 'Mars/Base' } },
    invalid('schedule', 'timeZone'),
  ],
  [
    'a token target while delivery is off',
    { deliverTokenTo: { store: 'vault', name: 'x' } },
    invalid('deliverTokenTo'),
  ],
  ['an empty idempotency key', { idempotencyKey: '' }, invalid('idempotencyKey')],
])('%s is refused by its path, and leaves no trace but that it was tried', (_, input, error) => refused(input, error))

test('a refusal never repeats a credential', async () => {
  const credentials = { apiKey: 'open sesame', extra: 'hunter2-secret' }
  const error = await rig.operations
    .createConnection(owner, demoConnection({ credentials }))
    .catch((thrown: Error) => thrown)
  expect(String(error) + JSON.stringify(error)).not.toMatch(/hunter2|sesame/)
})

test('a source that refuses the credentials leaves no trace but that it was tried', async () => {
  await refused({ credentials: { apiKey: 'wrong' } }, { code: 'SOURCE_AUTH_FAILED', path: ['credentials'] })
  rig.demo.setSwitches({ refuse: true })
  await refused({}, { code: 'SOURCE_AUTH_FAILED', path: ['credentials'] })
})

test('a source that answers with a web page leaves no trace but that it was tried', async () => {
  rig.demo.setSwitches({ html: true })
  await refused({}, { code: 'SOURCE_UNREACHABLE', path: ['config'] })
})

test('a source that takes the request and never answers is given up, and leaves no trace but that it was tried', async () => {
  rig.demo.setSwitches({ hang: true })
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(100))
  await refused(
    {},
    { code: 'SOURCE_UNREACHABLE', path: ['config'], message: expect.stringContaining('within 30 seconds') },
  )
})

test('a source that nobody runs, or that may not be asked, leaves no trace but that it was tried', async () => {
  await refused({ config: { baseUrl: 'http://127.0.0.1:1' } }, { code: 'SOURCE_UNREACHABLE' })
  await refused({ config: { baseUrl: 'http://10.1.2.3/' } }, { code: 'VALIDATION_FAILED' })
})

test.each([
  [new SecretStoreUnavailable('The store is away.'), /^The store is away\. Nothing was stored; try again/],
  [new SecretStoreDenied('The store refuses.'), /^The store refuses\. Nothing was stored\.$/],
])('a secret store that keeps nothing leaves no trace: %s', async (error, message) => {
  const secrets = { ...rig.deps.secrets, put: () => Promise.reject(error) }
  const before = await traces()
  const operations = createOperations({ ...rig.deps, secrets })
  await expect(operations.createConnection(owner, demoConnection(good))).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
    message: expect.stringMatching(message),
  })
  expect(await traces()).toEqual(refusalNoted(before))
})

test('a transaction that fails leaves no secret behind', async () => {
  await rig.db.prisma.environment.update({ where: { name: 'testing' }, data: { creditTotal: 0 } })
  const before = await traces()
  await expect(
    rig.operations.createConnection(await rig.ownerIn('testing'), demoConnection(good)),
  ).rejects.toMatchObject({
    code: 'INSUFFICIENT_CREDITS',
    required: 1,
    available: 0,
  })
  expect(await traces()).toEqual(refusalNoted(before))
})

test('a connection takes its credit, its token as a hash, its secret sealed, its run queued and started', async () => {
  const before = await traces()
  const made = await rig.operations.createConnection(
    owner,
    demoConnection({
      ...good,
      entities: ['PART', 'PART', 'VENDOR'],
      schedule: { every: 'PT15M' },
      customer: { externalId: 'c1' },
    }),
  )
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
  expect(rig.temporal.calls.at(-1)).toEqual([
    'startRun',
    { syncRunId: made.syncRunId, connectionId: made.connectionId, mode: 'INITIAL' },
  ])
  const { rows } = await rig.db.pool.query<{ row: string }>(
    `SELECT t::text AS row FROM connection t UNION ALL SELECT t::text FROM connection_token t UNION ALL SELECT t::text FROM local_secret t
     UNION ALL SELECT t::text FROM event t UNION ALL SELECT t::text FROM audit_entry t UNION ALL SELECT t::text FROM sync_run t`,
  )
  const stored = rows.map(({ row }) => row).join('\n')
  expect(stored).not.toContain(made.token)
  expect(stored).not.toContain('sesame')
})

test('a connection is made also when Temporal is away: its run stays queued', async () => {
  const temporal = { ...rig.temporal, startRun: () => Promise.reject(new Error('no server')) }
  const log = { ...rig.deps.log, warn: () => {} } as typeof rig.deps.log
  const made = await createOperations({ ...rig.deps, temporal, log }).createConnection(owner, demoConnection(good))
  const run = await rig.db.prisma.syncRun.findUniqueOrThrow({ where: { id: made.syncRunId } })
  expect(run).toMatchObject({ status: 'QUEUED', temporalRunId: null })
})
