import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection } from '../graphql/rows.ts'
import { connectionQuery, openSocket, openStream } from './subscriber.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi({
    streamLimits: { ...defaultStreamLimits, streamsPerCredential: 2, givesWayAfterMs: 0 },
  })
})
afterAll(() => api.stop())

test('where a credential holds its most, the oldest stream over SSE gives way, as a break; those of a socket do not', async () => {
  const { id } = await addConnection(api.db)
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const variables = { id: connectionNode(id), after: '0' }
  const client = openSocket(api.webSocketUrl, { token })
  const followed = client.subscribe(connectionQuery, variables).received
  await followed.count(1)
  const first = await openStream(api.url, connectionQuery, variables, { token })
  await first.received.count(1)
  const second = await openStream(api.url, connectionQuery, variables, { token })
  await Promise.all([second.received.count(1), first.received.ended])
  expect([first.received.errors, first.names]).toEqual([[], ['next']])

  const last = client.subscribe(connectionQuery, variables).received
  await Promise.all([last.count(1), second.received.ended])
  const beyond = client.subscribe(connectionQuery, variables).received
  await beyond.ended
  expect(beyond.errors.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED'])
  expect(followed.errors).toEqual([])
  await client.dispose()
})
