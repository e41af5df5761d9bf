import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'

/**
 * The limit: a WebSocket server that does nothing but send. It is given beforehand what to send, to whom and when, and says when each was there to be sent.
 * To a client it looks like the product.
 */
export interface Moment {
  /** Since the start. */
  ms: number
  /** The connection whose subscribers get it. */
  id: string
  event: string
  message: string
}

const groups = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
await once(server, 'listening')
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString())
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
    if (type !== 'subscribe') return
    const { id, after } = payload.variables
    const group = groups.get(id) ?? new Set()
    groups.set(id, group.add(socket))
    socket.once('close', () => group.delete(socket))
    const sequence = String(Number(after) + 1)
    socket.send(JSON.stringify({ id: '1', type: 'next', payload: { data: { connectionEvents: { sequence } } } }))
  })
})

process.on('message', (timeline: Moment[]) => void play(timeline))
process.once('disconnect', () => process.exit(0))
const { port } = server.address() as AddressInfo // a TCP server's address is never a string
process.send?.({ url: `ws://127.0.0.1:${port}/graphql` })

async function play(timeline: Moment[]) {
  const sentAt: Record<string, number> = {}
  const start = performance.now()
  for (const { ms, id, event, message } of timeline) {
    const due = start + ms
    const early = due - performance.now()
    if (early > 0) await pause(early)
    // what was due while another was being sent has waited since then; a timer's lateness is nobody's
    sentAt[event] = performance.timeOrigin + (early > 0 ? performance.now() : due)
    for (const socket of groups.get(id) ?? []) socket.send(message)
  }
  process.send?.({ type: 'played', sentAt })
}
