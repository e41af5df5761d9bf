import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { rejectedOfRuns } from '../../src/store/rejected-read.ts'
import { type Engine, startEngine } from './engine.ts'

let engine: Engine
const counts = { VENDOR: 30, PART: 300, ASSET: 30, WORK_ORDER: 30, PURCHASE_ORDER: 30 }

beforeAll(async () => {
  engine = await startEngine({ counts })
  await engine.startWorker()
})
afterAll(() => engine.stop())
afterEach(() => engine.demo.setSwitches({ malformed: 0, refuse: false, html: false }))

const connect = () =>
  engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: {},
    entities: ['PART', 'VENDOR'],
  })
const gateOf = (connectionId: string) => engine.db.prisma.connectionGate.findUniqueOrThrow({ where: { connectionId } })

test('malformed records are counted with their reasons and stop nothing; mended at the source, they arrive', async () => {
  engine.demo.setSwitches({ malformed: 10 })
  const malformed = [...engine.demo.all('PART')].filter((record) => record.malformed)
  expect(malformed.length).toBeGreaterThan(20)
  const { connectionId, syncRunId } = await connect()
  const run = await engine.finished(syncRunId)
  expect(run.status).toBe('SUCCEEDED')
  const part = run.entities.find(({ entity }) => entity === 'PART')
  expect(part).toMatchObject({
    fetched: 300,
    created: 300 - malformed.length,
    rejected: malformed.length,
    updated: 0,
    unchanged: 0,
  })
  const rejected = (await rejectedOfRuns(engine.db.pool, [part?.id ?? ''], 100)).get(part?.id ?? '') ?? []
  expect(rejected).toHaveLength(malformed.length)
  for (const { reason } of rejected) expect(reason).toMatch(/\w+/)

  engine.demo.setSwitches({ malformed: 0 })
  const next = await engine.operations.startSync(engine.owner, {
    connectionId,
    entities: ['PART'],
    mode: 'FULL_RESYNC',
  })
  const [resync] = (await engine.finished(next.syncRunId)).entities
  expect(resync).toMatchObject({ status: 'SUCCEEDED', created: malformed.length, deleted: 0, rejected: 0 })
  // those that came without a key cannot be told apart from others, and are kept as they came
  expect(await engine.db.prisma.record.count({ where: { connectionKey: 1, entity: 5, deletedAt: null } })).toBe(300)
})

test('a source that refuses the credentials fails the run as AUTHENTICATION and asks for action; mended, the next run resumes', async () => {
  const { connectionId, syncRunId } = await connect()
  await engine.finished(syncRunId)
  engine.demo.setSwitches({ refuse: true })
  const refused = await engine.operations.startSync(engine.owner, { connectionId })
  const run = await engine.finished(refused.syncRunId)
  expect(run).toMatchObject({ status: 'FAILED' })
  for (const entity of run.entities) {
    expect(entity).toMatchObject({
      status: 'FAILED',
      errorCategory: 'AUTHENTICATION',
      errorCode: 'CredentialsRejected',
      errorRetryable: false,
    })
  }
  expect(await gateOf(connectionId)).toMatchObject({ status: 'ACTION_REQUIRED' })
  const connection = await engine.db.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } })
  expect(connection.statusReason).toBe(run.entities[0]?.errorMessage)

  engine.demo.setSwitches({ refuse: false })
  const mended = await engine.operations.startSync(engine.owner, { connectionId })
  expect(await engine.finished(mended.syncRunId)).toMatchObject({ status: 'SUCCEEDED' })
  expect(await gateOf(connectionId)).toMatchObject({ status: 'ACTIVE' })
  const types = (await engine.db.prisma.event.findMany({ where: { connectionId }, orderBy: { sequence: 'asc' } })).map(
    (event) => event.type,
  )
  expect(types.filter((type) => type === 'CONNECTION_ACTION_REQUIRED' || type === 'CONNECTION_RESUMED')).toEqual([
    'CONNECTION_ACTION_REQUIRED',
    'CONNECTION_RESUMED',
  ])
})

test('no credential, token or record is in a workflow’s history', async () => {
  const { token, connectionId, syncRunId } = await engine.operations.createConnection(engine.owner, {
    system: 'demo',
    name: 'Demo',
    config: {},
    credentials: { apiKey: 'open-sesame-0815' },
  })
  await engine.finished(syncRunId)
  const record = [...engine.demo.all('PART')][0]
  for (const id of [`sync-run/${syncRunId}`, `sync/${connectionId}/PART`]) {
    const history = await engine.client.workflow.getHandle(id).fetchHistory()
    const text = JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    expect(text).toContain('entityRunId')
    for (const secret of ['open-sesame', token ?? '', record?.key ?? '']) expect(text).not.toContain(secret)
  }
})
