import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { afterEach, expect, test } from 'vitest'
import { readInStep } from '../../src/http/sockets/backpressure.ts'
import { eventually } from '../eventually.ts'

const mebibyte = 1024 * 1024
let server: WebSocketServer
let client: WebSocket

afterEach(() => {
  client.terminate()
  server.close()
})

test('what waits for a client that does not read stays little, and all of it comes when it does', async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  let most = 0
  server.on('connection', (socket, request) => {
    socket.on('message', (data) => {
      socket.send(data)
      most = Math.max(most, socket.bufferedAmount)
    })
    readInStep(socket, request.socket, mebibyte)
  })
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await once(client, 'open')
  const [served] = server.clients
  let received = 0
  client.on('message', () => (received += 1))
  client.pause()
  for (let i = 0; i < 300; i++) client.send(Buffer.alloc(mebibyte / 4))
  await eventually('the server to read no more', () => served?.isPaused)
  client.resume()
  await eventually('all answers', () => received === 300)
  expect(most).toBeLessThan(2 * mebibyte)
})
