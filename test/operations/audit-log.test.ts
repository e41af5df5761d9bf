import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../../src/auth/caller.ts'
import type { Operations } from '../../src/operations/operations.ts'
import { newId } from '../../src/store/ids.ts'
import { demoConnection, type OperationsRig, startOperations } from './operations-rig.ts'

let rig: OperationsRig
let owner: Caller
let stranger: Caller
let connectionId: string
let syncRunId: string

const ip = '192.0.2.7'

beforeAll(async () => {
  rig = await startOperations()
  owner = { ...(await rig.ownerIn('production')), ip }
  stranger = { ...(await rig.ownerIn('testing')), kind: 'API_KEY', id: 'a stranger', ip }
  const made = await rig.operations.createConnection(owner, demoConnection())
  connectionId = made.connectionId
  syncRunId = made.syncRunId
})
afterAll(() => rig.close())

const newest = (action: string) =>
  rig.db.prisma.auditEntry.findFirstOrThrow({ where: { action }, orderBy: { id: 'desc' } })
const count = () => rig.db.prisma.auditEntry.count()

type Verb = Exclude<keyof Operations, 'nextRuns' | 'waitingFor'>

/** What each verb of the operations is called, and an attempt at it that is refused whoever makes it or made by a stranger. */
const refusals: Record<Verb, [action: string, target: () => string | null, attempt: (as: Caller) => Promise<unknown>]> =
  {
    testConnection: [
      'CONNECTION_TEST',
      () => null,
      (as) => rig.operations.testConnection(as, { system: 'none', config: {}, credentials: {} }),
    ],
    createConnection: [
      'CONNECTION_CREATE',
      () => null,
      (as) => rig.operations.createConnection(as, demoConnection({ system: 'none' })),
    ],
    reconnectConnection: [
      'CONNECTION_RECONNECT',
      () => connectionId,
      (as) => rig.operations.reconnectConnection(as, { connectionId, credentials: {} }),
    ],
    disconnectConnection: [
      'CONNECTION_DISCONNECT',
      () => connectionId,
      (as) => rig.operations.disconnectConnection(as, { connectionId }),
    ],
    deleteConnectionData: [
      'CONNECTION_DATA_DELETE',
      () => connectionId,
      (as) => rig.operations.deleteConnectionData(as, { connectionId }),
    ],
    updateConnection: [
      'CONNECTION_UPDATE',
      () => connectionId,
      (as) => rig.operations.updateConnection(as, { connectionId, name: 'x' }),
    ],
    setSchedule: [
      'SCHEDULE_SET',
      () => connectionId,
      (as) => rig.operations.setSchedule(as, { connectionId, schedule: null }),
    ],
    pauseConnection: [
      'CONNECTION_PAUSE',
      () => connectionId,
      (as) => rig.operations.pauseConnection(as, { connectionId }),
    ],
    resumeConnection: [
      'CONNECTION_RESUME',
      () => connectionId,
      (as) => rig.operations.resumeConnection(as, { connectionId }),
    ],
    startSync: ['SYNC_START', () => connectionId, (as) => rig.operations.startSync(as, { connectionId })],
    cancelSync: ['SYNC_CANCEL', () => syncRunId, (as) => rig.operations.cancelSync(as, { syncRunId })],
    confirmDeletes: [
      'DELETES_CONFIRM',
      () => syncRunId,
      (as) => rig.operations.confirmDeletes(as, { syncRunId, entity: 'PART' }),
    ],
    dismissDeletes: [
      'DELETES_DISMISS',
      () => syncRunId,
      (as) => rig.operations.dismissDeletes(as, { syncRunId, entity: 'PART' }),
    ],
  }

test.each(Object.entries(refusals))('a refused %s is noted: who, what, from where, why', async (_, refusal) => {
  const [action, target, attempt] = refusal
  const before = await count()
  const error: { code?: string } = await attempt(stranger).then(
    () => ({}),
    (thrown: object) => thrown,
  )
  expect(error.code).toMatch(/^(NOT_FOUND|VALIDATION_FAILED)$/)
  expect(await newest(action)).toMatchObject({
    environmentId: stranger.environmentId,
    actor: 'a stranger',
    action,
    target: target(),
    outcome: error.code,
    ip,
  })
  expect(await count()).toBe(before + 1)
})

test('what is done to a sync is noted with who did it, and what changes nothing is not', async () => {
  const { connectionId: id, syncRunId: initial } = await rig.operations.createConnection(owner, demoConnection())
  await rig.operations.cancelSync(owner, { syncRunId: initial })
  const done = { actor: 'owner', ip, outcome: 'OK', environmentId: owner.environmentId }
  expect(await newest('SYNC_CANCEL')).toMatchObject({ ...done, target: initial })
  const before = await count()
  await rig.operations.cancelSync(owner, { syncRunId: initial })
  expect(await count()).toBe(before)
  await rig.operations.startSync(owner, { connectionId: id, idempotencyKey: 'noted' })
  expect(await newest('SYNC_START')).toMatchObject({ ...done, target: id })
  await rig.operations.startSync(owner, { connectionId: id, idempotencyKey: 'noted' })
  expect(await count()).toBe(before + 1)
  await rig.operations.testConnection(owner, { system: 'demo', config: {}, credentials: {} })
  expect(await newest('CONNECTION_TEST')).toMatchObject({ ...done, target: null })
})

describe('PostgreSQL itself refuses to change what has been written', () => {
  test.each(['audit_entry', 'credit_ledger'])('%s', async (table) => {
    const rows = async () => (await rig.db.pool.query(`SELECT t::text FROM ${table} t ORDER BY id`)).rows
    const before = await rows()
    expect(before.length).toBeGreaterThan(0)
    for (const change of [
      `UPDATE ${table} SET environment_id = NULL`,
      `UPDATE ${table} SET id = id WHERE false`,
      `DELETE FROM ${table}`,
      `DELETE FROM ${table} WHERE id = '${newId()}'`,
      `TRUNCATE ${table}`,
      `TRUNCATE environment CASCADE`,
    ])
      await expect(rig.db.pool.query(change)).rejects.toThrow(/append-only/)
    expect(await rows()).toEqual(before)
  })
})
