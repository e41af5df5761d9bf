import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { nodeId } from '../../src/graphql/node-id.ts'
import { idleSchedules } from '../idle-schedules.ts'
import { connectionNode, startTestApi, type TestApi } from './api.ts'
import { addConnection } from './rows.ts'

let api: TestApi
let id: string
let token: string

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())
afterEach(() => vi.restoreAllMocks())
beforeEach(async () => {
  const { data } = await api.ask(
    `mutation { createConnection(input: { system: "paper", name: "Plant", config: {}, credentials: { password: "old" }, schedule: { every: "PT1H" } }) {
      ... on CreateConnectionPayload { token connection { id } } } }`,
  )
  id = data.createConnection.connection.id
  token = data.createConnection.token
})

const states = `entities { entity enabled nextRunAt schedule { every cron timeZone paused } }`

async function change(mutation: string, input: Record<string, unknown>, options: { token?: string } = {}) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`
  const query = `mutation ($input: ${type}Input!) { result: ${mutation}(input: $input) { __typename
    ... on ${type}Payload { connection { id name status config historyDays deleteGuardPercent customer { externalId name } ${states} } }
    ... on Error { code path message } } }`
  const { data, errors } = await api.ask(query, { variables: { input: { connectionId: id, ...input } }, ...options })
  return { result: data?.result, connection: data?.result?.connection, errors }
}

test('a schedule is set, shown as it was given, and taken away again', async () => {
  const set = await change('setSchedule', {
    entities: ['PART'],
    schedule: { cron: '30 6 * * MON-FRI', timeZone: 'Europe/Berlin' },
  })
  expect(set.connection.entities).toEqual([
    {
      entity: 'PART',
      enabled: true,
      nextRunAt: null,
      schedule: { every: null, cron: '30 6 * * MON-FRI', timeZone: 'Europe/Berlin', paused: false },
    },
    {
      entity: 'VENDOR',
      enabled: true,
      nextRunAt: null,
      schedule: { every: 'PT1H', cron: null, timeZone: null, paused: false },
    },
  ])
  const taken = await change('setSchedule', {})
  expect(taken.connection.entities.map((state: { schedule: unknown }) => state.schedule)).toEqual([null, null])
})

test('pausing shows on the schedules and refuses a sync; resuming lets it', async () => {
  const start = `mutation { result: startSync(input: { connectionId: "${id}" }) { __typename } }`
  const paused = await change('pauseConnection', {})
  expect(paused.connection).toMatchObject({ status: 'PAUSED', entities: [{ schedule: { paused: true } }, {}] })
  expect((await api.ask(start)).data.result.__typename).toBe('ConnectionPausedError')
  expect((await change('resumeConnection', {})).connection).toMatchObject({ status: 'ACTIVE' })
  expect((await api.ask(start)).data.result.__typename).toBe('StartSyncPayload')
})

test('an update changes what it names and leaves the rest, null as well', async () => {
  const { connection } = await change('updateConnection', {
    name: 'Works',
    customer: { externalId: 'c-1', name: 'ACME' },
    config: { shelf: 'top' },
    historyDays: 30,
    entities: ['PART'],
    deleteGuardPercent: 50,
  })
  expect(connection).toMatchObject({
    name: 'Works',
    customer: { externalId: 'c-1', name: 'ACME' },
    config: { shelf: 'top' },
    historyDays: 30,
    deleteGuardPercent: 50,
    entities: [
      { entity: 'PART', enabled: true },
      { entity: 'VENDOR', enabled: false, nextRunAt: null },
    ],
  })
  const nothing = { name: null, customer: null, config: null, credentials: null, entities: null, historyDays: null }
  expect((await change('updateConnection', nothing)).connection).toEqual(connection)
})

test('what is wrong comes as an error with its place below input', async () => {
  const table: [string, Record<string, unknown>, string, string[]][] = [
    ['setSchedule', { schedule: { cron: '61 * * * *' } }, 'VALIDATION_FAILED', ['schedule', 'cron']],
    ['setSchedule', { entities: ['INVOICE'] }, 'VALIDATION_FAILED', ['entities', '0']],
    ['updateConnection', { historyDays: 9_999 }, 'VALIDATION_FAILED', ['historyDays']],
    ['updateConnection', { config: { shelf: 3 } }, 'VALIDATION_FAILED', ['config', 'shelf']],
    ['pauseConnection', { connectionId: 'nonsense' }, 'NOT_FOUND', ['connectionId']],
    [
      'resumeConnection',
      { connectionId: nodeId('SyncRun', '00000000-0000-7000-8000-000000000000') },
      'NOT_FOUND',
      ['connectionId'],
    ],
  ]
  for (const [mutation, input, code, path] of table) {
    expect([mutation, (await change(mutation, input)).result]).toEqual([
      mutation,
      expect.objectContaining({ code, path }),
    ])
  }
  await api.ask(`mutation { disconnectConnection(input: { connectionId: "${id}" }) { __typename } }`)
  for (const mutation of ['setSchedule', 'updateConnection', 'pauseConnection', 'resumeConnection']) {
    expect((await change(mutation, {})).result).toMatchObject({ __typename: 'ConnectionDisconnectedError' })
  }
})

test('a connection token may change none of it', async () => {
  for (const mutation of ['setSchedule', 'updateConnection', 'pauseConnection', 'resumeConnection']) {
    const { result, errors } = await change(mutation, {}, { token })
    expect([mutation, result, errors[0]?.extensions.code]).toEqual([mutation, undefined, 'FORBIDDEN'])
  }
})

test('nextRunAt is what Temporal says, asked once for each schedule of an operation; null when it is away or resting', async () => {
  const describe = vi.spyOn(idleSchedules, 'nextFiring').mockResolvedValue(new Date('2030-01-01T06:30:00.000Z'))
  const other = await addConnection(api.db, { schedule: { every: 'PT1H' } })
  const ids = [id, connectionNode(other.id)]
  const query = `query ($a: ID!, $b: ID!) { a: connection(id: $a) { ${states} } again: connection(id: $a) { ${states} } b: connection(id: $b) { ${states} } }`
  const ask = async () => (await api.ask(query, { variables: { a: ids[0], b: ids[1] } })).data
  const times = (connection: { entities: { nextRunAt: string | null }[] }) =>
    new Set(connection.entities.map((state) => state.nextRunAt))
  const first = await ask()
  for (const connection of [first.a, first.again, first.b])
    expect([...times(connection)]).toEqual(['2030-01-01T06:30:00.000Z'])
  expect(describe).toHaveBeenCalledTimes(2)
  describe.mockRejectedValue(new Error('Temporal is away'))
  expect([...times((await ask()).a)]).toEqual([null])
})
