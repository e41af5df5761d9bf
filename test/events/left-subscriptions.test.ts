import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import pg from 'pg'
import { type Gauge, Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { DirectDelivery } from '../../src/events/direct-delivery.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, runNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addEvents, addRecords, addRun } from '../graphql/rows.ts'
import { openRawClient, type ServerMessage } from './raw-client.ts'
import { connectionQuery, environmentQuery, openSocket, runQuery } from './subscriber.ts'

let api: TestApi
const registry = new Registry()
const scopes = ['SYNCS_READ', 'RECORDS_READ'] as const

beforeAll(async () => {
  api = await startTestApi({ registry })
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => api.stop())

const changesQuery = 'subscription ($id: ID!) { recordChanges(connectionId: $id, entity: PART) { endCursor } }'

interface Course {
  query: string
  variables: Record<string, string>
  /** It is left when it was asked for, when it stands, or when it has told something. */
  leaves: 'asked' | 'standing' | 'told'
}

/** Every subscription, and every way to leave it, in turns. */
async function courses() {
  const { id, key } = await addConnection(api.db)
  const run = await addRun(api.db, id)
  await addRecords(api.db, key, 'PART', [{ externalId: 'P-1' }])
  await api.db.pool.query(`UPDATE entity_state SET change_seq = 1 WHERE connection_id = $1 AND entity = 'PART'`, [id])
  const subscriptions = [
    { query: connectionQuery, variables: { id: connectionNode(id) } },
    { query: runQuery, variables: { id: runNode(run) } },
    { query: environmentQuery, variables: {} },
    { query: changesQuery, variables: { id: connectionNode(id) } },
  ]
  const all = subscriptions.flatMap((subscription) =>
    (['asked', 'standing', 'told'] as const).map((leaves): Course => ({ ...subscription, leaves })),
  )
  return { id, run, all }
}

/** Workers that go through all courses so often. */
async function goThrough(all: Course[], times: number, leave: (course: Course, worker: number) => Promise<void>) {
  let begun = 0
  const workers = Array.from({ length: 25 }, async (_, worker) => {
    while (begun < times * all.length) await leave(all[begun++ % all.length] as Course, worker) // an index below the length
  })
  await Promise.all(workers)
}

/** Of a socket: what is said about one operation. */
async function listening(token: string) {
  const client = await openRawClient(api.webSocketUrl, token)
  const heard = new Map<string, (message: ServerMessage) => void>()
  client.socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as ServerMessage
    heard.get(message.id ?? message.payload?.subscribed)?.(message)
  })
  return { ...client, heard }
}

/** Its statements go on being asked; what they are is kept. */
function watchStatements() {
  const asked: { text: string; values: readonly unknown[] }[] = []
  const original = pg.Client.prototype.query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...given: unknown[]) {
    const [query, values] = given as [string | { text: string; values?: unknown[] }, unknown[]?]
    asked.push({ values: values ?? [], ...(typeof query === 'string' ? { text: query } : query) })
    return (original as (...all: unknown[]) => never).apply(this, given)
  })
  return asked
}

test('10,000 subscriptions that are left, of each kind, over one socket and over SSE, in whatever state, leave nothing behind', async () => {
  const { id, run, all } = await courses()
  const { token } = await addApiKey(api.db, { scopes: [...scopes] })
  const { subscribe, complete, messages, heard, socket } = await listening(token)
  const handedOver = vi.spyOn(DirectDelivery.prototype, 'deliver')
  let used = 0

  async function leaveSocket({ query, variables, leaves }: Course, worker: number) {
    // in turns a new one, and one that may still be ending
    const operation = used++ % 2 === 0 ? `${worker}` : `${worker} ${used}`
    const reached = new Promise<void>((resolve) => {
      heard.set(operation, ({ type }) => {
        if (leaves === 'standing' || type !== 'ping') resolve()
      })
    })
    subscribe(operation, query, variables)
    if (leaves !== 'asked') await reached
    complete(operation)
    heard.delete(operation)
  }

  async function leaveSse({ query, variables, leaves }: Course) {
    const headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    }
    const sent = request(api.url, { method: 'POST', agent: false, headers })
    sent.on('error', () => {}) // it is broken off, as the test wants
    sent.end(JSON.stringify({ query, variables }))
    if (leaves !== 'asked') {
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.on('error', () => {})
      expect(response.statusCode).toBe(200)
      let text = ''
      while (leaves === 'told' && !text.includes('data:')) text += String((await once(response, 'data'))[0])
    }
    sent.destroy()
  }

  let going = true
  async function goOn() {
    while (going) await addEvents(api.db, id, [{ type: 'ENTITY_PROGRESS', syncRunId: run }])
  }
  const events = goOn()
  try {
    await goThrough(all, 750, leaveSocket)
    await goThrough(all, 84, leaveSse)
  } finally {
    going = false
    await events
  }
  expect(handedOver).toHaveBeenCalled()
  expect(messages.filter(({ type }) => type === 'error' || type === 'complete')).toEqual([])

  // the socket has room for all that it may carry
  const last = Array.from({ length: 50 }, (_, i) => `last ${i}`)
  for (const operation of last) subscribe(operation, environmentQuery)
  const stand = () => new Set(messages.map(({ payload }) => payload?.subscribed))
  await eventually('all of them to stand', () => last.every((operation) => stand().has(operation)))
  for (const operation of last) complete(operation)
  await eventually('no slot to be held', async () => {
    const { values } = await (registry.getSingleMetric('syncline_streams') as Gauge).get() // so the server has named it
    return values[0]?.value === 0
  })

  // nobody follows it: it is not looked at, and when what is announced later has been told, nothing of it was read
  const asked = watchStatements()
  const other = await addConnection(api.db, { environment: 'testing' })
  const key = await addApiKey(api.db, { environment: 'testing', scopes: [...scopes] })
  const follower = openSocket(api.webSocketUrl, { token: key.token })
  const { received } = follower.subscribe(connectionQuery, { id: connectionNode(other.id), after: '0' })
  await received.count(1)
  const looks = () => asked.filter(({ text }) => text.includes('OR c.environment_id = ANY'))
  await eventually('what nobody follows to be forgotten after a look', () => looks().length > 1)
  const before = asked.length
  await addEvents(api.db, id, [{ type: 'SYNC_SKIPPED' }])
  await addEvents(api.db, other.id, [{ type: 'SYNC_SKIPPED' }])
  await received.count(2)
  for (const { values } of looks()) expect(values).toEqual([[other.id], []])
  const read = asked.slice(before).filter(({ text }) => text.includes('FROM event'))
  expect(read.some(({ values }) => values.includes(other.id))).toBe(true)
  expect(read.filter(({ values }) => values.includes(id))).toEqual([])
  await follower.dispose()
  socket.terminate()
}, 1_200_000)
