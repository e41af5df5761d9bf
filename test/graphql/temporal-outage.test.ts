import { Client, type Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { connectTemporal } from '../../src/foundation.ts'
import { createOperations } from '../../src/operations/create-operations.ts'
import { reconcile } from '../../src/operations/reconcile.ts'
import { createSyncControl } from '../../src/temporal/client.ts'
import { type Engine, startEngine } from '../engine/engine.ts'
import { eventually } from '../eventually.ts'
import { startTestApi, type TestApi } from './api.ts'
import { openWay } from './severable-way.ts'

let engine: Engine
let api: TestApi
let way: Awaited<ReturnType<typeof openWay>>
let connection: Connection

/** An API process whose way to Temporal a test can close; the worker reaches it all the time. */
beforeAll(async () => {
  engine = await startEngine({ counts: { VENDOR: 3, PART: 3, ASSET: 3, WORK_ORDER: 3, PURCHASE_ORDER: 3 } })
  await engine.startWorker()
  way = await openWay(`tcp://${inject('temporalAddress')}`)
  connection = await connectTemporal({ address: new URL(way.url).host, namespace: 'default' })
  const temporal = createSyncControl(new Client({ connection }), engine.taskQueue)
  const log = Object.assign(Object.create(engine.deps.log), { warn: () => {} })
  const operations = createOperations({ ...engine.deps, temporal, log })
  api = await startTestApi({ operations, lastPolls: temporal.lastPolls }, engine.db.url)
})
afterAll(async () => {
  await api.stop()
  await connection.close()
  await way.close()
  await engine.stop()
})

async function readiness() {
  const answer = await fetch(new URL('/readyz', api.url))
  return { status: answer.status, ...((await answer.json()) as object) }
}
const reachable = { status: 200, ready: true, postgresql: 'reachable', temporal: 'reachable' }
const away = { ...reachable, status: 503, ready: false, temporal: 'away' }

async function mutate(field: string, input: object, selected = '__typename') {
  const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`
  const { data, errors } = await api.ask(
    `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on ${name}Payload { ${selected} } } }`,
    { variables: { input } },
  )
  expect({ field, errors, type: data?.[field]?.__typename }).toEqual({ field, errors: [], type: `${name}Payload` })
  return data[field]
}

const idOf = (nodeId: string) => Buffer.from(nodeId, 'base64').toString().split(':')[1] ?? ''
const create = { system: 'demo', name: 'Demo', config: {}, credentials: {}, entities: ['PART'] }

/** A connection whose first sync has succeeded. */
async function connect(): Promise<string> {
  const { connection, syncRun } = await mutate('createConnection', create, 'connection { id } syncRun { id }')
  expect(await engine.finished(idOf(syncRun.id))).toMatchObject({ status: 'SUCCEEDED' })
  return connection.id
}

test('while Temporal is away the API says that it is not ready and goes on reading, each mutation is kept, and all of it follows when it is back', async () => {
  const [synced, scheduled, paused, changed, ended] = await Promise.all([1, 2, 3, 4, 5].map(connect))
  expect(await readiness()).toEqual(reachable)

  await way.close()
  await eventually('word of it', async () => JSON.stringify(await readiness()) === JSON.stringify(away))
  const [run, made] = await Promise.all([
    mutate('startSync', { connectionId: synced }, 'syncRun { id status }'),
    mutate('createConnection', create, 'syncRun { id status }'),
    mutate('setSchedule', { connectionId: scheduled, schedule: { every: 'PT1H' } }),
    mutate('pauseConnection', { connectionId: paused }).then(() =>
      mutate('resumeConnection', { connectionId: paused }),
    ),
    mutate('updateConnection', { connectionId: changed, historyDays: 91 }),
    mutate('disconnectConnection', { connectionId: ended }).then(() =>
      Promise.all([
        mutate('reconnectConnection', { connectionId: ended, credentials: {} }),
        mutate('deleteConnectionData', { connectionId: ended }),
      ]),
    ),
  ])
  expect([run.syncRun.status, made.syncRun.status]).toEqual(['QUEUED', 'QUEUED'])
  await mutate('cancelSync', { syncRunId: made.syncRun.id })
  const read = await api.ask('query ($id: ID!) { connection(id: $id) { parts { totalCount } } }', {
    variables: { id: synced },
  })
  expect(read.data.connection.parts.totalCount).toBe(3)

  await way.reopen()
  await eventually('the way back', async () => JSON.stringify(await readiness()) === JSON.stringify(reachable))
  // what is younger than half a minute the reconciler leaves to whoever began it
  const earlier = `- interval '1 minute'`
  await engine.db.pool.query(`UPDATE sync_run SET requested_at = requested_at ${earlier}`)
  await engine.db.pool.query(`UPDATE connection SET disconnected_at = disconnected_at ${earlier}`)
  await engine.db.pool.query(`UPDATE entity_state SET deletion_asked_at = deletion_asked_at ${earlier}`)
  await reconcile(engine.deps)
  expect(await engine.finished(idOf(run.syncRun.id))).toMatchObject({ status: 'SUCCEEDED' })
  await eventually(
    'all that was left to do',
    async () => {
      const canceled = await engine.db.prisma.syncRun.findUniqueOrThrow({ where: { id: idOf(made.syncRun.id) } })
      const gone = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: idOf(ended ?? '') } })
      return canceled.status === 'CANCELED' && gone.cleanedUpAt !== null && gone.dataDeletedAt !== null
    },
    30_000,
  )
  const next = await mutate('startSync', { connectionId: changed }, 'syncRun { id }')
  expect(await engine.finished(idOf(next.syncRun.id))).toMatchObject({ status: 'SUCCEEDED' })
}, 120_000)
