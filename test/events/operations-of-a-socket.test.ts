import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { defaultWebSocketLimits } from '../../src/http/sockets/limits.ts'
import { eventually } from '../eventually.ts'
import { startTestApi } from '../graphql/api.ts'
import { addApiKey } from '../graphql/rows.ts'
import { openRawClient, type ServerMessage } from './raw-client.ts'
import { environmentQuery } from './subscriber.ts'

const open: (() => unknown)[] = []
const perSocket = 2

afterEach(async () => {
  for (const stop of open.splice(0).reverse()) await stop()
})

async function opened(operationsPerSecond: number) {
  const api = await startTestApi({
    operationsPerSecond,
    webSocketLimits: { ...defaultWebSocketLimits, operationsPerSocket: perSocket },
  })
  open.push(api.stop)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ', 'CONNECTIONS_READ'] })
  const client = await openRawClient(api.webSocketUrl, token)
  open.push(() => client.socket.terminate())
  return { db: api.db, ...client }
}

const about = (messages: ServerMessage[], id: string) => messages.find((message) => message.id === id)

test('queries that their client has left are counted until they have ended', async () => {
  const { db, messages, subscribe, complete } = await opened(0)
  const locker = new pg.Client({ connectionString: db.url })
  await locker.connect()
  open.push(() => locker.end())
  await locker.query('BEGIN; LOCK TABLE credit_ledger IN ACCESS EXCLUSIVE MODE')
  const query = '{ credits { ledger(first: 1) { edges { cursor } } } }'
  for (let i = 0; i < 2 * perSocket; i++) {
    subscribe(`left ${i}`, query)
    complete(`left ${i}`)
  }
  await eventually('all of them to wait for PostgreSQL', async () => {
    const { rows } = await db.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return rows.length === 2 * perSocket
  })
  subscribe('beyond', query)
  const refused = await eventually('a refusal', () => about(messages, 'beyond'))
  expect([refused.type, refused.payload.map((error: { extensions: object }) => error.extensions)]).toEqual([
    'error',
    [{ code: 'RATE_LIMITED' }],
  ])
  await locker.query('ROLLBACK')
  let asked = 0
  await eventually('room when they have ended', () => {
    const answer = asked > 0 ? about(messages, `later ${asked}`) : { type: 'error' }
    if (answer?.type === 'error') subscribe(`later ${++asked}`, query)
    return answer?.type === 'next'
  })
  expect(messages.filter(({ id }) => id?.startsWith('left'))).toEqual([])
})

test('what is refused because a socket carries too much counts among the operations of its credential', async () => {
  const { messages, subscribe } = await opened(1)
  for (let i = 0; i < perSocket; i++) subscribe(`held ${i}`, environmentQuery)
  for (let i = 0; i < 30; i++) subscribe(`beyond ${i}`, environmentQuery)
  const refusals = () => messages.filter(({ type }) => type === 'error')
  await eventually('all to be refused', () => refusals().length >= 30)
  const said = refusals().map(({ payload }) => payload[0].message as string)
  expect(said.some((text) => text.startsWith('A socket carries at most 2 operations'))).toBe(true)
  expect(said.some((text) => text.includes('a second'))).toBe(true)
})
