import { Client, type Connection } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { connectTemporal } from '../../src/foundation.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { reconcile } from '../../src/operations/reconcile.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { eventually } from '../eventually.ts'
import { openWay } from '../graphql/severable-way.ts'
import { type Engine, startEngine } from './engine.ts'

// The mutations of a connection's end while Temporal or the source does not answer. The worker reaches Temporal all the time; the API process, as
// `operations` stands for it, has a way of its own.

let engine: Engine
let way: Awaited<ReturnType<typeof openWay>>
let connection: Connection
let operations: Engine['operations']
/** What PostgreSQL held each time that Temporal was asked to clean up. */
const whenAsked: unknown[] = []

/** What is whole in PostgreSQL waits no longer for Temporal than this, machine and PostgreSQL included; other calls for each of theirs. */
const soonMs = 3_000
const callMs = 8_000

beforeAll(async () => {
  engine = await startEngine({
    counts: { VENDOR: 20, PART: 5_000, ASSET: 20, WORK_ORDER: 20, PURCHASE_ORDER: 20 },
    pageSize: 100,
  })
  await engine.startWorker()
  way = await openWay(`tcp://${inject('temporalAddress')}`)
  connection = await connectTemporal({ address: new URL(way.url).host, namespace: 'default' })
  const temporal = createSyncControl(new Client({ connection }), engine.taskQueue)
  const deps = {
    ...engine.deps,
    temporal: {
      ...temporal,
      async startCleanup(id: string) {
        whenAsked.push(await stateOf(id))
        await temporal.startCleanup(id)
      },
    },
    log: Object.assign(Object.create(engine.deps.log), { warn: () => {} }),
  }
  operations = createOperations(deps)
})
afterEach(() => engine.demo.setSwitches({ hang: false, latencyMs: 0 }))
afterAll(async () => {
  await connection.close()
  await way.close()
  await engine.stop()
})

const create = (rest: { schedule?: { every: string } } = {}) =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: { pageSize: 100 },
    credentials: {},
    entities: ['PART', 'VENDOR'],
    ...rest,
  })

async function timed<T>(work: Promise<T>) {
  const begun = performance.now()
  const answer = await work
  return { answer, ms: performance.now() - begun }
}

const stateOf = async (id: string) => {
  const connection = await engine.db.prisma.connection.findUniqueOrThrow({
    where: { id },
    include: { gate: true, tokens: true },
  })
  const open = await engine.db.prisma.entityRun.count({ where: { connectionId: id, slot: { not: null } } })
  return {
    status: connection.gate?.status,
    tokens: connection.tokens.filter(({ revokedAt }) => revokedAt === null).length,
    open,
    cleanedUp: connection.cleanedUpAt !== null,
    credentials: connection.credentialsRef !== null,
  }
}
const closed = (id: string) =>
  eventually(`the end of ${id}`, async () => (await engine.deps.temporal.stateOf(id)) === 'CLOSED', 20_000)
const aWhileLater = (connectionId: string) =>
  engine.db.pool.query(`UPDATE connection SET disconnected_at = disconnected_at - interval '1 minute' WHERE id = $1`, [
    connectionId,
  ])

test.each([
  ['is down', () => way.close(), () => way.reopen()],
  ['takes requests and answers none', () => way.freeze(), () => way.thaw()],
])(
  'while Temporal %s a disconnect in mid-run is whole at once and answers soon; the clean-up follows',
  async (_, breakIt, mendIt) => {
    engine.demo.setSwitches({ latencyMs: 100 })
    const { connectionId, syncRunId } = await create({ schedule: { every: 'PT1H' } })
    await eventually(
      'commits',
      async () =>
        (await engine.db.prisma.entityRun.findFirst({ where: { connectionId, created: { gt: 0 } } })) !== null,
    )
    await breakIt()
    whenAsked.length = 0
    try {
      const first = timed(operations.disconnectConnection(engine.owner, { connectionId }))
      const whole = { status: 'DISCONNECTED', tokens: 0, open: 0, cleanedUp: false, credentials: true }
      const { answer, ms } = await first
      expect(whenAsked).toEqual([whole])
      expect(answer).toEqual({ connectionId, creditsReturned: 1 })
      expect(ms).toBeLessThan(soonMs)
      const again = await timed(operations.disconnectConnection(engine.owner, { connectionId }))
      expect(again.answer).toEqual({ connectionId, creditsReturned: 0 })
      expect(again.ms).toBeLessThan(soonMs)
    } finally {
      await mendIt()
    }
    await aWhileLater(connectionId)
    await reconcile(engine.deps)
    await engine.client.workflow.getHandle(`clean-up/${connectionId}`).result()
    expect(await stateOf(connectionId)).toMatchObject({ cleanedUp: true, credentials: false })
    expect(await engine.deps.temporal.schedules.listed(connectionId)).toEqual([])
    await closed(`sync-run/${syncRunId}`)
    await closed(`sync/${connectionId}/PART`)
  },
  60_000,
)

test('while Temporal takes requests and answers none, asking for data to be deleted, connecting and reconnecting answer soon as well', async () => {
  const { connectionId, syncRunId } = await create()
  await engine.finished(syncRunId)
  await engine.operations.disconnectConnection(engine.owner, { connectionId })
  way.freeze()
  try {
    const deleted = await timed(operations.deleteConnectionData(engine.owner, { connectionId }))
    expect(deleted.ms).toBeLessThan(soonMs)
    const made = await timed(operations.reconnectConnection(engine.owner, { connectionId, credentials: {} }))
    expect(made.ms).toBeLessThan(2 * callMs) // its run, then its schedules
    const run = await engine.db.prisma.syncRun.findUniqueOrThrow({ where: { id: made.answer.syncRunId } })
    expect(run).toMatchObject({ status: 'QUEUED' })
    const canceled = await timed(operations.cancelSync(engine.owner, { syncRunId: run.id }))
    expect(canceled.ms).toBeLessThan(callMs)
  } finally {
    way.thaw()
  }
}, 60_000)

test('while the source takes a request and never answers, a disconnect is whole at once, and the reader ends', async () => {
  const { connectionId, syncRunId } = await create()
  await engine.finished(syncRunId)
  engine.demo.setSwitches({ hang: true })
  const { syncRunId: hanging } = await engine.operations.startSync(engine.owner, { connectionId, mode: 'FULL_RESYNC' })
  await eventually(
    'a reader that hangs',
    async () => (await engine.db.prisma.entityRun.count({ where: { syncRunId: hanging, status: 'RUNNING' } })) === 2,
  )
  const { ms } = await timed(engine.operations.disconnectConnection(engine.owner, { connectionId }))
  expect(ms).toBeLessThan(5_000) // a second is promised, on a machine that does nothing else
  expect(await stateOf(connectionId)).toMatchObject({ status: 'DISCONNECTED', tokens: 0, open: 0 })
  for (const id of [`clean-up/${connectionId}`, `sync-run/${hanging}`, `sync/${connectionId}/PART`]) await closed(id)
  expect(await stateOf(connectionId)).toMatchObject({ cleanedUp: true, credentials: false })
}, 60_000)
