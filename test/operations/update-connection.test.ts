import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import { destroyDoomedSecrets } from '../../src/operations/doomed-secrets.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import type { UpdateConnectionInput } from '../../src/operations/operations.ts'
import { SecretMissing, SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { lockStates } from '../../src/store/entity-state-change.ts'
import { transaction } from '../../src/store/transaction.ts'
import { endEntityRun } from '../../src/store/entity-run-end.ts'
import { takeFence } from '../../src/store/entity-run-fence.ts'
import { endSyncRun } from '../../src/store/sync-run-progress.ts'
import { entityStateOf, eventsOf } from '../store/seeded-connection.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller
let connectionId: string
const hourly = { every: 'PT1H' }

beforeAll(async () => {
  rig = await startOperations()
  owner = await rig.ownerIn('production')
})
afterAll(() => rig.close())
beforeEach(async () => {
  rig.demo.setSwitches({ refuse: false })
  const made = await rig.operations.createConnection(
    owner,
    demoConnection({ entities: ['PART', 'WORK_ORDER'], credentials: { apiKey: 'old' }, schedule: hourly }),
  )
  connectionId = made.connectionId
  await succeed(made.syncRunId)
})

const update = (input: Omit<UpdateConnectionInput, 'connectionId'>) =>
  rig.operations.updateConnection(owner, { connectionId, ...input })
const connection = () =>
  rig.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId }, include: { gate: true } })
const runsOf = (syncRunId: string) =>
  rig.db.prisma.entityRun.findMany({ where: { syncRunId }, orderBy: { entity: 'asc' } })
const setStatus = (status: 'PAUSED' | 'ACTION_REQUIRED') =>
  rig.db.prisma.connectionGate.update({ where: { connectionId }, data: { status } })
const audited = (action: string) =>
  rig.db.prisma.auditEntry.count({ where: { action, target: connectionId, outcome: 'OK' } })

async function succeed(syncRunId: string) {
  for (const { id } of await runsOf(syncRunId)) {
    const { fence } = await takeFence(rig.db, id, false)
    await endEntityRun(rig.db, id, { status: 'SUCCEEDED', fence, watermark: null })
  }
  await endSyncRun(rig.db, syncRunId)
}

/** What the next run of each entity is. */
async function nextModes() {
  const { syncRunId } = await rig.operations.startSync(owner, { connectionId })
  const modes = Object.fromEntries((await runsOf(syncRunId)).map(({ entity, mode }) => [entity, mode]))
  return { syncRunId, modes }
}

test('what is given changes, what is absent stays, and it is audited', async () => {
  const before = await connection()
  await update({ name: ' New name ', customer: { externalId: 'c-1', name: 'ACME' }, deleteGuardPercent: 5 })
  expect(await connection()).toMatchObject({
    name: 'New name',
    customerExternalId: 'c-1',
    customerName: 'ACME',
    deleteGuardPercent: 5,
    config: before.config,
    credentialsRef: before.credentialsRef,
    historyDays: before.historyDays,
  })
  await update({ config: { pageSize: 7 } })
  expect(await connection()).toMatchObject({ name: 'New name', config: { pageSize: 7 }, deleteGuardPercent: 5 })
  expect(await audited('CONNECTION_UPDATE')).toBe(2)
})

test('whoever follows the connection is told that its settings have changed', async () => {
  const changes = async () =>
    (await eventsOf(rig.db, { connectionId })).filter(({ type }) => type === 'CONNECTION_CHANGED').length
  await update({ name: 'New name' })
  await rig.operations.setSchedule(owner, { connectionId, entities: null, schedule: null })
  expect(await changes()).toBe(2)
})

test('a config that reads otherwise makes the next run read everything; one that only paces reading does not', async () => {
  await update({ config: { pageSize: 7 } })
  const paced = await nextModes()
  expect(paced.modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INCREMENTAL' })
  await succeed(paced.syncRunId)
  await update({ config: { utcOffset: '+01:00' } })
  expect((await nextModes()).modes).toEqual({ PART: 'FULL_RESYNC', WORK_ORDER: 'FULL_RESYNC' })
})

test('of two updates at once, one that was checked against what the other has changed is a conflict', async () => {
  const both = await Promise.allSettled([
    update({ config: { pageSize: 8 } }),
    update({ credentials: { apiKey: 'new' } }),
  ])
  const refused = both.filter((one) => one.status === 'rejected')
  expect(refused.map((one) => one.reason)).toMatchObject(refused.length === 0 ? [] : [{ code: 'CONFLICT' }])
})

test.each([
  [{ name: ' ' }, ['name']],
  [{ historyDays: 0 }, ['historyDays']],
  [{ deleteGuardPercent: 101 }, ['deleteGuardPercent']],
  [{ config: { pageSize: 0 } }, ['config', 'pageSize']],
  [{ credentials: { password: 'x' } }, ['credentials']],
  [{ entities: [] }, ['entities']],
  [{ entities: ['INVOICE'] }, ['entities', '0']],
] as const)('%j is refused with its place, and nothing is stored', async (input, path) => {
  const before = await connection()
  await expect(update(input)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path })
  expect(await connection()).toEqual(before)
})

test('new credentials are checked, swapped, and the old destroyed; refused ones leave everything as it was', async () => {
  const before = await connection()
  rig.demo.setSwitches({ refuse: true })
  const secrets = await rig.db.prisma.localSecret.count()
  await expect(update({ credentials: { apiKey: 'new' }, name: 'Renamed' })).rejects.toMatchObject({
    code: 'SOURCE_AUTH_FAILED',
  })
  expect(await connection()).toEqual(before)
  rig.demo.setSwitches({ refuse: false })
  await update({ credentials: { apiKey: 'new' } })
  const after = await connection()
  expect(after.credentialsRef).not.toBe(before.credentialsRef)
  expect(JSON.parse(await rig.deps.secrets.get(after.credentialsRef ?? ''))).toEqual({ apiKey: 'new' })
  expect(await rig.db.prisma.localSecret.count()).toBe(secrets)
})

test('old credentials that could not be destroyed are destroyed later, those in use never', async () => {
  const old = (await connection()).credentialsRef ?? ''
  const destroy = () => Promise.reject(new SecretStoreUnavailable('The store is away.'))
  const away = { ...rig.deps, secrets: { ...rig.deps.secrets, destroy } }
  await createOperations(away).updateConnection(owner, { connectionId, credentials: { apiKey: 'new' } })
  const used = (await connection()).credentialsRef ?? ''
  await rig.db.prisma.doomedSecret.create({ data: { reference: used, tryAt: new Date(0) } })
  const isDue = () => rig.db.pool.query('UPDATE doomed_secret SET try_at = to_timestamp(0)')
  const marked = async () => (await rig.db.prisma.doomedSecret.findMany()).map(({ reference }) => reference).sort()

  await destroyDoomedSecrets(rig.deps) // not yet: the mutation itself may be at it
  expect(await rig.deps.secrets.get(old)).toContain('old')
  await isDue()
  await destroyDoomedSecrets(away)
  expect(await marked()).toEqual([old, used].sort())
  await isDue()
  await Promise.all([destroyDoomedSecrets(rig.deps), destroyDoomedSecrets(rig.deps)])
  await expect(rig.deps.secrets.get(old)).rejects.toThrow(SecretMissing)
  expect(await rig.deps.secrets.get(used)).toContain('new')
  expect(await marked()).toEqual([used])
  await rig.db.prisma.doomedSecret.deleteMany()
})

test('credentials of a connection that could not be stored are marked where they cannot be destroyed', async () => {
  const destroy = () => Promise.reject(new SecretStoreDenied('The store refuses.'))
  const operations = createOperations({ ...rig.deps, secrets: { ...rig.deps.secrets, destroy } })
  const { environmentId } = await rig.ownerIn('testing')
  await rig.db.prisma.environment.update({ where: { id: environmentId }, data: { creditTotal: 0 } })
  const attempt = operations.createConnection(await rig.ownerIn('testing'), demoConnection())
  await expect(attempt).rejects.toMatchObject({ code: 'INSUFFICIENT_CREDITS' })
  expect(await rig.db.prisma.doomedSecret.count()).toBe(1)
  await rig.db.pool.query('UPDATE doomed_secret SET try_at = to_timestamp(0)')
  await destroyDoomedSecrets({ ...rig.deps, secrets: { ...rig.deps.secrets, destroy: foreign } })
  expect(await rig.db.prisma.doomedSecret.count()).toBe(0)
})

test('credentials whose process died before it could store them are destroyed; those of one that lives are not', async () => {
  const kept = await rig.db.prisma.localSecret.count()
  const written = new Promise<void>((resolve) => {
    const put = async (secret: string, reference?: string) => {
      await rig.deps.secrets.put(secret, reference)
      resolve()
      return new Promise<string>(() => {})
    }
    const dies = createOperations({ ...rig.deps, secrets: { ...rig.deps.secrets, put } })
    void dies.createConnection(owner, demoConnection())
  })
  await written
  await destroyDoomedSecrets(rig.deps)
  expect(await rig.db.prisma.localSecret.count()).toBe(kept + 1)
  await rig.db.pool.query('UPDATE doomed_secret SET try_at = to_timestamp(0)')
  await destroyDoomedSecrets(rig.deps)
  expect(await rig.db.prisma.localSecret.count()).toBe(kept)
  expect(await rig.db.prisma.doomedSecret.count()).toBe(0)
})

test('credentials that were destroyed because storing them took too long are not stored', async () => {
  const before = await connection()
  const put = async (secret: string, reference?: string) => {
    const answer = await rig.deps.secrets.put(secret, reference)
    await rig.db.pool.query('UPDATE doomed_secret SET try_at = to_timestamp(0)')
    await destroyDoomedSecrets(rig.deps)
    return answer
  }
  const slow = createOperations({ ...rig.deps, secrets: { ...rig.deps.secrets, put } })
  await expect(slow.updateConnection(owner, { connectionId, credentials: { apiKey: 'late' } })).rejects.toMatchObject({
    code: 'SECRET_STORE_UNAVAILABLE',
  })
  expect(await connection()).toEqual(before)
})

/** As of a reference that leads to a store of before. */
const foreign = () => Promise.reject(new SecretMissing('It leads to another store.'))

test.each([
  [new SecretStoreUnavailable('The store is away.'), 'SECRET_STORE_UNAVAILABLE'],
  [new SecretStoreDenied('The store refuses.'), 'SECRET_STORE_UNAVAILABLE'],
  [new SecretMissing('It was deleted.'), 'VALIDATION_FAILED'],
])('stored credentials that cannot be read leave everything as it was: %s', async (error, code) => {
  const before = await connection()
  const secrets = { ...rig.deps.secrets, get: () => Promise.reject(error) }
  const operations = createOperations({ ...rig.deps, secrets })
  const input = { connectionId, entities: ['PART', 'WORK_ORDER', 'VENDOR'] as const }
  await expect(operations.updateConnection(owner, input)).rejects.toMatchObject({ code })
  expect(await connection()).toEqual(before)
})

test('good credentials make ACTION_REQUIRED active, tell it once and let the schedules go on; a paused one stays paused', async () => {
  await setStatus('ACTION_REQUIRED')
  await update({ name: 'only a name' })
  expect((await connection()).gate?.status).toBe('ACTION_REQUIRED')
  await update({ credentials: { apiKey: 'new' } })
  expect(await connection()).toMatchObject({ statusReason: null, gate: { status: 'ACTIVE' } })
  const resumed = (await eventsOf(rig.db, { connectionId })).filter((event) => event.type === 'CONNECTION_RESUMED')
  expect(resumed).toHaveLength(1)
  expect(rig.temporal.schedules.of(connectionId)).toMatchObject([{ paused: false }])
  await setStatus('PAUSED')
  await update({ credentials: { apiKey: 'newer' } })
  expect((await connection()).gate?.status).toBe('PAUSED')
})

test.each(['http://127.0.0.1:9/', 'http:127.0.0.1:9', 'http:/127.0.0.1:9', 'http:\\\\127.0.0.1:9'])(
  'stored credentials are not sent to an address that they were not given for: %s',
  async (baseUrl) => {
    const elsewhere = { config: { baseUrl } }
    await expect(update(elsewhere)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['credentials'] })
    await expect(update({ ...elsewhere, credentials: { apiKey: 'for it' } })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    })
  },
)

test('stored credentials go on where the address is the same in other words, and where it is another folder of it', async () => {
  for (const baseUrl of [rig.demo.url, rig.demo.url.replace('//', ''), rig.demo.url.replace('http', ' HTTP')])
    await update({ config: { baseUrl } })
  expect((await connection()).config).toEqual({ baseUrl: new URL(rig.demo.url).href })
})

test('an entity that is enabled runs as INITIAL and joins the schedule; disabled it keeps its data and its run', async () => {
  await update({ entities: ['PART', 'VENDOR'] })
  expect(await entityStateOf(rig.db, { connectionId }, 'WORK_ORDER')).toMatchObject({
    enabled: false,
    schedule: hourly,
  })
  expect(await entityStateOf(rig.db, { connectionId }, 'VENDOR')).toMatchObject({ enabled: true, schedule: hourly })
  const first = await nextModes()
  expect(first.modes).toEqual({ PART: 'INCREMENTAL', VENDOR: 'INITIAL' })
  await update({ entities: ['PART', 'WORK_ORDER'] })
  expect((await runsOf(first.syncRunId)).map(({ status }) => status)).toEqual(['QUEUED', 'QUEUED'])
  await succeed(first.syncRunId)
  const second = await nextModes()
  expect(second.modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INITIAL' })
  await succeed(second.syncRunId)
  expect((await nextModes()).modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INCREMENTAL' })
})

test('a longer history makes the next run of documents a full re-sync until one succeeds; a shorter one changes nothing', async () => {
  const running = await nextModes()
  await update({ historyDays: 365 })
  // it began with the shorter history
  await succeed(running.syncRunId)
  const failed = await nextModes()
  expect(failed.modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'FULL_RESYNC' })
  for (const { id } of await runsOf(failed.syncRunId)) await endEntityRun(rig.db, id, { status: 'CANCELED' })
  const next = await nextModes()
  expect(next.modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'FULL_RESYNC' })
  await succeed(next.syncRunId)
  await update({ historyDays: 30 })
  expect((await nextModes()).modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INCREMENTAL' })
})

test('a full re-sync that runs while the history is made longer does not settle it', async () => {
  const { syncRunId } = await rig.operations.startSync(owner, { connectionId, mode: 'FULL_RESYNC' })
  const fences = await Promise.all((await runsOf(syncRunId)).map(({ id }) => takeFence(rig.db, id, false)))
  await update({ historyDays: 365 })
  for (const { entityRunId, fence } of fences)
    await endEntityRun(rig.db, entityRunId, { status: 'SUCCEEDED', fence, watermark: null })
  await endSyncRun(rig.db, syncRunId)
  expect((await nextModes()).modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'FULL_RESYNC' })
})

test.each([
  ['a longer history', { historyDays: 365 }, { PART: 'INCREMENTAL', WORK_ORDER: 'FULL_RESYNC' }],
  [
    'a config that reads otherwise',
    { config: { utcOffset: '+01:00' } },
    { PART: 'FULL_RESYNC', WORK_ORDER: 'FULL_RESYNC' },
  ],
] as const)('%s that comes while the first run reads makes the next one read everything', async (_, change, next) => {
  const entities = ['PART', 'WORK_ORDER'] as const
  const made = await rig.operations.createConnection(owner, demoConnection({ entities }))
  ;({ connectionId } = made)
  const fences = await Promise.all((await runsOf(made.syncRunId)).map(({ id }) => takeFence(rig.db, id, false)))
  await update(change)
  for (const { entityRunId, fence } of fences)
    await endEntityRun(rig.db, entityRunId, { status: 'SUCCEEDED', fence, watermark: null })
  await endSyncRun(rig.db, made.syncRunId)
  const { modes, syncRunId } = await nextModes()
  expect(modes).toEqual(next)
  await succeed(syncRunId)
  expect((await nextModes()).modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INCREMENTAL' })
})

test('what changes before the first run has begun to read is read by it, and makes nothing due', async () => {
  const made = await rig.operations.createConnection(owner, demoConnection({ entities: ['PART', 'WORK_ORDER'] }))
  ;({ connectionId } = made)
  await update({ historyDays: 365 })
  await succeed(made.syncRunId)
  expect((await nextModes()).modes).toEqual({ PART: 'INCREMENTAL', WORK_ORDER: 'INCREMENTAL' })
})

test('an incremental run that waits becomes the full re-sync that is due', async () => {
  const { syncRunId } = await nextModes()
  await rig.operations.cancelSync(owner, { syncRunId })
  const waiting = await nextModes()
  await update({ historyDays: 365 })
  expect(await runsOf(waiting.syncRunId)).toMatchObject([
    { entity: 'PART', mode: 'INCREMENTAL', slot: 'WAITING' },
    { entity: 'WORK_ORDER', mode: 'FULL_RESYNC', slot: 'WAITING' },
  ])
  const whole = async () => (await rig.db.prisma.syncRun.findUniqueOrThrow({ where: { id: waiting.syncRunId } })).mode
  expect(await whole()).toBe('INCREMENTAL')
  await rig.operations.startSync(owner, { connectionId, mode: 'FULL_RESYNC' })
  expect(await whole()).toBe('FULL_RESYNC')
})

test('pausing and resuming are told, audited and done once; paused refuses syncs, and what runs goes on', async () => {
  const { syncRunId } = await nextModes()
  const types = async () =>
    (await eventsOf(rig.db, { connectionId })).map((event) => event.type).filter((type) => /PAUSED|RESUMED/.test(type))
  await rig.operations.pauseConnection(owner, { connectionId })
  await rig.operations.pauseConnection(owner, { connectionId })
  await expect(rig.operations.startSync(owner, { connectionId })).rejects.toMatchObject({ code: 'CONNECTION_PAUSED' })
  await succeed(syncRunId)
  expect((await connection()).gate?.status).toBe('PAUSED')
  await rig.operations.resumeConnection(owner, { connectionId })
  await rig.operations.resumeConnection(owner, { connectionId })
  expect(await types()).toEqual(['CONNECTION_PAUSED', 'CONNECTION_RESUMED'])
  expect([await audited('CONNECTION_PAUSE'), await audited('CONNECTION_RESUME')]).toEqual([1, 1])
  await setStatus('ACTION_REQUIRED')
  await rig.db.pool.query(`UPDATE connection SET refused_at = now(), status_reason = 'no' WHERE id = $1`, [
    connectionId,
  ])
  await expect(rig.operations.resumeConnection(owner, { connectionId })).rejects.toMatchObject({ code: 'CONFLICT' })
  await rig.operations.pauseConnection(owner, { connectionId })
  await update({ credentials: { apiKey: 'good' } }) // good credentials given during the pause
  await rig.operations.resumeConnection(owner, { connectionId })
  expect(await connection()).toMatchObject({ statusReason: null, gate: { status: 'ACTIVE' } })
})

test('a disconnected connection takes no change, and another environment finds none', async () => {
  const elsewhere = await rig.ownerIn('development')
  const { operations } = rig
  const all = (caller: Caller) =>
    Promise.allSettled([
      operations.updateConnection(caller, { connectionId, name: 'x' }),
      operations.setSchedule(caller, { connectionId, schedule: null }),
      operations.pauseConnection(caller, { connectionId }),
      operations.resumeConnection(caller, { connectionId }),
    ])
  for (const outcome of await all(elsewhere)) expect(outcome).toMatchObject({ reason: { code: 'NOT_FOUND' } })
  await operations.disconnectConnection(owner, { connectionId })
  for (const outcome of await all(owner)) expect(outcome).toMatchObject({ reason: { code: 'CONNECTION_DISCONNECTED' } })
})

test('while a run deletes so many records that its entity stays locked, a change is a conflict that passes', async () => {
  await transaction(rig.db, async (client) => {
    await lockStates(client, connectionId)
    for (const change of [
      () => update({ name: 'New name' }),
      () => rig.operations.setSchedule(owner, { connectionId, schedule: null }),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('Try again') })
  })
  await update({ name: 'New name' })
}, 30_000)

test('a schedule is set for entities that the connection syncs, and for no others', async () => {
  const set = (entities: ('PART' | 'VENDOR')[]) =>
    rig.operations.setSchedule(owner, { connectionId, entities, schedule: null })
  await expect(set(['VENDOR'])).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['entities', '0'] })
  await expect(set([])).rejects.toMatchObject({ code: 'VALIDATION_FAILED', path: ['entities'] })
  await set(['PART'])
  expect((await entityStateOf(rig.db, { connectionId }, 'PART')).schedule).toBeNull()
  expect((await entityStateOf(rig.db, { connectionId }, 'WORK_ORDER')).schedule).toEqual(hourly)
  expect(await audited('SCHEDULE_SET')).toBe(1)
})
