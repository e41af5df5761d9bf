import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from './api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.stop())

async function open() {
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

async function answerTo(request: string): Promise<string> {
  const socket = await open()
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  socket.write(request, 'latin1')
  await once(socket, 'close')
  return answer
}

const upgrade = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`

test('clients that ask for an upgrade and reset the connection do not end the process', async () => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtExceptionMonitor', note)
  try {
    for (const path of ['/nope', '/graphql', '/']) {
      for (let i = 0; i < 10; i++) {
        const socket = await open()
        await new Promise((resolve) => socket.write(upgrade(path), resolve))
        socket.resetAndDestroy()
        // answered after the server has met what became of the connection before
        expect((await fetch(new URL('/healthz', api.url))).status).toBe(200)
      }
    }
  } finally {
    process.off('uncaughtExceptionMonitor', note)
  }
  expect(uncaught).toEqual([])
})

test('an upgrade elsewhere is answered 404, and the connection closed', async () => {
  expect(await answerTo(upgrade('/nope'))).toMatch(/^HTTP\/1.1 404 /)
})

test('a Host header that is no host name is a 400', async () => {
  for (const host of ['[', 'a:b:c', 'a b', '%']) {
    const answer = await answerTo(`GET /graphql HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect({ host, status: answer.split('\r\n', 1)[0] }).toEqual({ host, status: 'HTTP/1.1 400 Bad Request' })
  }
  expect(await answerTo('GET /graphql HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 401 /)
})
