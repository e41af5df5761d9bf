import { once } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ownerKey } from '../processes.ts'
import { type ApiProcess, startApiProcess } from './api-process.ts'
import { bodies, documents } from './bombs.ts'
import { conversation, init, text } from './frames.ts'
import { request } from './requests.ts'

// A failure prints the shrunk case. Longer, or again: FUZZ_SEED=7 FUZZ_RUNS=5000 npm test -- test/e2e/fuzz
const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100)

vi.setConfig({ testTimeout: 60_000 + numRuns * 500 })

/** Long enough for a busy machine: who waits longer was left hanging. */
const patience = () => AbortSignal.timeout(20_000)

let api: ApiProcess

beforeAll(async () => {
  console.log(`fuzz: seed ${seed}, ${numRuns} runs`)
  api = await startApiProcess()
})
afterEach(() => api.isWell())
afterAll(() => api?.stop())

const good = { 'content-type': 'application/json', authorization: `Bearer ${ownerKey}` }

/** An answer, while a good caller is answered too. */
async function post(body: string) {
  const bomb = fetch(`${api.url}/graphql`, { method: 'POST', headers: good, body, signal: patience() })
  const [answer] = await Promise.all([bomb, api.owner.data('{ viewer { kind } }')])
  return { status: answer.status, text: await answer.text() }
}

test.each(Object.entries(documents))('a document: %s', async (_name, query) => {
  const { text: answer } = await post(JSON.stringify({ query }))
  const { data = null, errors = [] } = JSON.parse(answer) as {
    data?: unknown
    errors?: { extensions: { code: string } }[]
  }
  const codes = new Set(errors.map(({ extensions }) => extensions.code))
  expect({ data, codes: [...codes] }).toEqual({
    data: null,
    codes: [expect.stringMatching(/^(QUERY_TOO_COMPLEX|BAD_USER_INPUT)$/)],
  })
  expect(answer.length).toBeLessThan(300_000)
})

test.each(Object.entries(bodies))('a body: %s', async (_name, body) => {
  const { text: answer } = await post(body)
  expect(answer).not.toContain('INTERNAL')
  expect(answer.length).toBeLessThan(300_000)
})

test('any request is answered, and never by our fault', async () => {
  await fc.assert(
    fc.asyncProperty(request, async ({ path, ...options }) => {
      const abort = new AbortController()
      const answer = await fetch(`${api.url}${path}`, {
        ...options,
        signal: AbortSignal.any([abort.signal, patience()]),
      })
      expect(answer.status).not.toBe(500)
      // a stream that was let in does not end by itself
      if (answer.headers.get('content-type')?.startsWith('text/event-stream')) abort.abort()
      else expect(await answer.text()).not.toContain('"INTERNAL"')
    }),
    { seed, numRuns },
  )
})

const upgrade =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n'

async function upgraded(): Promise<Socket> {
  const socket = await api.socket()
  socket.write(upgrade)
  await once(socket, 'data')
  return socket
}

test('any frames on a socket are taken or end it', async () => {
  await fc.assert(
    fc.asyncProperty(conversation, async ([first, frames]) => {
      const socket = await upgraded()
      socket.resume()
      for (const bytes of [first, ...frames]) if (socket.writable) socket.write(bytes)
      // a close that is no frame of ours: whatever came before it is read by then
      socket.end()
      if (!socket.closed) await once(socket, 'close')
    }),
    { seed, numRuns: Math.ceil(numRuns / 2) },
  )
})

test.each(Object.entries(documents))('over a socket: %s', async (_name, query) => {
  const socket = await upgraded()
  let told = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    told += chunk
  })
  socket.write(Buffer.concat([init, text({ id: '1', type: 'subscribe', payload: { query } })]))
  // \x88: the server says goodbye
  while (!/"type":"(error|complete)"|\x88/.test(told) && !socket.closed) {
    await Promise.race([once(socket, 'data'), once(socket, 'close')])
  }
  expect(told).not.toMatch(/"INTERNAL"|"data":\{/)
  socket.destroy()
})

const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ownerKey}\r\nContent-Type: application/json\r\n`

test.each([
  ['headers larger than are read', `${head}X-Large: ${'x'.repeat(40_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
  [
    '3,000 headers',
    `${head}${Array.from({ length: 3_000 }, (_, i) => `X-${i}: x\r\n`).join('')}\r\n`,
    /^HTTP\/1.1 (431|400) /,
  ],
  ['a line that is no request', 'nonsense\r\n\r\n', /^HTTP\/1.1 400 /],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1.1 400 /],
  ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, /^HTTP\/1.1 400 /],
  ['a length and chunks', `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 400 /],
  ['a chunk of no size', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1.1 400 /],
  [
    'a header folded over lines',
    `${head}X-Folded: a\r\n b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    /^HTTP\/1.1 4\d\d |^HTTP\/1.1 200 /,
  ],
  ['a NUL in a header', `${head}X-Nul: a\0b\r\n\r\n`, /^HTTP\/1.1 400 /],
  ['a length that never comes to an end', `${head}Content-Length: 99999999999999999999\r\n\r\n`, /^HTTP\/1.1 4\d\d /],
  ['an upgrade to something else', `${upgrade.replace('websocket', 'h2c')}`, /^HTTP\/1.1 4\d\d /],
  ['an upgrade with a key that is none', upgrade.replace(/Key: \S+/, 'Key: x'), /^HTTP\/1.1 400 /],
  ['an upgrade of another version', upgrade.replace('Version: 13', 'Version: 99'), /^HTTP\/1.1 4(00|26) /],
])('on the wire: %s', async (_name, bytes, answered) => {
  const socket = await api.socket()
  socket.setEncoding('latin1').write(bytes, 'latin1')
  const [answer] = (await once(socket, 'data')) as [string]
  expect(answer).toMatch(answered)
  socket.destroy()
})

test('those who are slow, who fall silent and who only take up room keep nobody else waiting', async () => {
  const slow = `${head}Content-Length: 1000\r\n\r\n{"query":"`
  const starts = [
    ...Array.from({ length: 200 }, () => 'GET /gra'),
    ...Array.from({ length: 100 }, () => `${head}X-Slow: `),
    ...Array.from({ length: 100 }, () => slow),
    ...Array.from({ length: 50 }, () => ''),
  ]
  const sockets = await Promise.all(
    starts.map(async (bytes) => {
      const socket = await api.socket()
      if (bytes) socket.write(bytes)
      return socket
    }),
  )
  // let in nowhere: each has a few seconds to say who it is
  const silent = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = await upgraded()
      return { socket, goodbye: once(socket, 'data') }
    }),
  )
  await api.isWell()
  for (const socket of sockets.slice(0, 200)) socket.write('p')
  await api.isWell()
  // each is told goodbye
  await Promise.all(silent.map(({ goodbye }) => goodbye))
  for (const { socket } of silent) socket.destroy()
  await api.isWell()
  // half of them say goodbye, half are gone
  for (const [i, socket] of sockets.entries())
    if (i % 2 === 0) socket.end()
    else socket.resetAndDestroy()
})
