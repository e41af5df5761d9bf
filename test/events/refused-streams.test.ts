import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
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

test('a client that does not take what was written is served no further when its credential has ended', async () => {
  const { id, key } = await addConnection(api.db)
  // one message, far more than the kernel takes on its way
  const name = randomBytes(400_000).toString('base64')
  const names = Array.from({ length: 60 }, (_, i) => `n${i}: name`)
  await addRecords(api.db, key, 'PART', [{ externalId: 'heavy', data: { name } }])
  const credential = await addApiKey(api.db, { scopes: ['RECORDS_READ'] })
  const query = `subscription { recordChanges(connectionId: "${connectionNode(id)}", entity: PART) { changes { record { ... on Part { ${names.join(' ')} } } } } }`
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
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [credential.id])
  await eventually('the server to cut it off', () => logged.some((line) => line.includes('cut off an SSE stream')))
  response.removeAllListeners('data')
  response.on('data', (chunk: Buffer) => {
    taken += chunk.length
  })
  response.resume()
  expect(await broken).toMatchObject([{ message: 'aborted' }])
  expect(response.complete).toBe(false)
  expect(taken).toBeLessThan(names.length * name.length)
})
