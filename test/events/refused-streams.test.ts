import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultStreamLimits } from '../../src/http/api-server.ts'
import { createLogger } from '../../src/log.ts'
import { eventually } from '../eventually.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addApiKey, addConnection, addRecords } from '../graphql/rows.ts'

let api: TestApi
const logged: string[] = []

beforeAll(async () => {
  api = await startTestApi({
    log: createLogger({ level: 'info', destination: { write: (line) => void logged.push(line) } }),
    // whoever takes nothing is let be: what ends the stream is the credential alone
    streamLimits: { ...defaultStreamLimits, pollMs: 50, refusedMs: 100, stalledMs: 3_600_000 },
  })
})
afterAll(() => api.stop())

/** A subscription whose one message is far more than the kernel takes on its way. */
async function heavySubscription() {
  const { id, key } = await addConnection(api.db)
  const name = randomBytes(400_000).toString('base64')
  const names = Array.from({ length: 60 }, (_, i) => `n${i}: name`)
  await addRecords(api.db, key, 'PART', [{ externalId: 'heavy', data: { name } }])
  const query = `subscription { recordChanges(connectionId: "${connectionNode(id)}", entity: PART) { changes { record { ... on Part { ${names.join(' ')} } } } } }`
  return { query, bytes: names.length * name.length }
}

const revoke = (id: string) => api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [id])
const cutOff = (what: string) =>
  eventually('the server to cut it off', () => logged.some((line) => line.includes(`cut off ${what}`)))

test('what was written is sent on for less than a second when a credential has ended', () => {
  expect(defaultStreamLimits.pollMs + defaultStreamLimits.refusedMs).toBeLessThan(1_000)
})

test('a client that does not take what was written is served no further when its credential has ended', async () => {
  const { query, bytes } = await heavySubscription()
  const credential = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
  const asked = request(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${credential.token}`,
    },
  })
  asked.end(JSON.stringify({ query }))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let taken = 0
  response.on('data', (chunk: Buffer) => {
    taken += chunk.length
    // the message is under way, and nobody takes the rest of it
    if (taken > 100_000) response.pause()
  })
  await once(response, 'pause')
  const broken = once(response, 'error')
  await revoke(credential.id)
  await cutOff('an SSE stream')
  response.removeAllListeners('data')
  response.on('data', (chunk: Buffer) => {
    taken += chunk.length
  })
  response.resume()
  expect(await broken).toMatchObject([{ message: 'aborted' }])
  expect(response.complete).toBe(false)
  expect(taken).toBeLessThan(bytes)
})

test('nor is one over a WebSocket', async () => {
  const { query, bytes } = await heavySubscription()
  const credential = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
  const socket = new WebSocket(api.webSocketUrl, 'graphql-transport-ws')
  const [{ socket: connection }] = (await once(socket, 'upgrade')) as [IncomingMessage]
  const underWay = new Promise<void>((resolve) => {
    connection.on('data', () => {
      if (connection.bytesRead < 100_000) return
      socket.pause()
      resolve()
    })
  })
  const say = (message: object) => socket.send(JSON.stringify(message))
  say({ type: 'connection_init', payload: { authorization: `Bearer ${credential.token}` } })
  await once(socket, 'message')
  say({ type: 'subscribe', id: '1', payload: { query } })
  await underWay
  await revoke(credential.id)
  await cutOff('a WebSocket')
  connection.removeAllListeners('data')
  const closed = once(socket, 'close')
  connection.resume()
  expect((await closed)[0]).toBe(1006)
  expect(connection.bytesRead).toBeLessThan(bytes)
})
