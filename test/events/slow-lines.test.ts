import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { defaultWebSocketLimits } from '../../src/http/sockets/limits.ts'
import { connectionNode, startTestApi, type TestApi } from '../graphql/api.ts'
import { addConnection, addRecords } from '../graphql/rows.ts'
import { eventually } from '../eventually.ts'
import { openRawClient } from './raw-client.ts'

let api: TestApi
let proxy: Server
/** What the proxy has taken for its client and not passed on; null: it passes everything on. */
let kept: Buffer[] | null = null
let near: Socket

beforeAll(async () => {
  api = await startTestApi({ webSocketLimits: { ...defaultWebSocketLimits, pingMs: 2_000 } })
  proxy = createServer((client) => {
    near = client
    const far = connect(Number(new URL(api.url).port), '127.0.0.1')
    far.on('data', (bytes) => {
      if (kept) kept.push(bytes)
      else client.write(bytes)
    })
    client.pipe(far)
    for (const socket of [client, far]) socket.on('error', () => {})
    far.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})
afterAll(async () => {
  near?.destroy()
  proxy.close()
  await api.stop()
})

/** A socket that answers no ping is there until it is ended for it. */
async function endOfASilentOne() {
  const silent = new WebSocket(api.webSocketUrl, 'graphql-transport-ws', { autoPong: false })
  await once(silent, 'open')
  await once(silent, 'close')
}

test('who has a large page before it and answers the pings behind it late gets it, whatever has taken it on the way', async () => {
  const { id, key } = await addConnection(api.db)
  const raw = JSON.stringify({ text: 'pump '.repeat(4_000) })
  const parts = Array.from({ length: 50 }, (_, i) => ({ externalId: `P-${i}`, raw }))
  await addRecords(api.db, key, 'PART', parts)
  await api.db.pool.query(`UPDATE entity_state SET change_seq = 50 WHERE connection_id = $1 AND entity = 'PART'`, [id])
  const { port } = proxy.address() as AddressInfo
  const { socket, messages, subscribe } = await openRawClient(`ws://127.0.0.1:${port}/graphql`)
  const query = `subscription ($id: ID!) { recordChanges(connectionId: $id, entity: PART, first: 50) {
    changes { record { externalId raw } } } }`
  const page: Buffer[] = (kept = [])
  subscribe('1', query, { id: connectionNode(id) })
  await eventually('the page in the proxy', () => Buffer.concat(page).length > 900_000)
  await endOfASilentOne()
  await endOfASilentOne() // so long it would have been waited for without the page
  kept = null
  near.write(Buffer.concat(page))
  await eventually('the page', () => messages.some(({ type }) => type === 'next'))
  await endOfASilentOne()
  expect(socket.readyState).toBe(socket.OPEN)
  socket.terminate()
})
