import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTokenRevocation } from '../../src/http/token-revocation.ts'

const given: string[] = []
let fails: Error | null = null
const failures: unknown[] = []
const handle = createTokenRevocation({
  async revoke(token) {
    if (fails) throw fails
    given.push(token)
  },
  addressOf: ({ socket }) => socket.remoteAddress ?? null,
  readWithinMs: 200,
})
const server = createServer(
  (request, response) =>
    void handle(request, response).catch((error) => {
      failures.push(error)
      response.destroy()
    }),
)

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const head = (length: number) =>
  `POST /tokens/revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

async function exchange(text: string) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.on('error', () => {}) // how the server hangs up is its own matter
  const since = performance.now()
  socket.write(text)
  const closed = once(socket, 'close')
  return { socket, closed, took: async () => (await closed, performance.now() - since), answer: () => answer }
}

test('a body that does not come, or is broken off, holds no connection and does nothing', async () => {
  const slow = await exchange(`${head(50)}{"to`)
  expect(await slow.took()).toBeLessThan(2_000)
  const broken = await exchange(`${head(50)}{"token":`)
  broken.socket.destroy()
  await broken.closed
  expect(given).toEqual([])
  expect(failures).toEqual([])
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tokens/revoke`
  expect((await fetch(url, { method: 'POST', body: new URLSearchParams({ token: ' x ' }) })).status).toBe(200)
  expect(given).toEqual(['x'])
})

test('while PostgreSQL is away it says so, and that it is worth another attempt', async () => {
  fails = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tokens/revoke`
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ token: 'x' }) })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
})
