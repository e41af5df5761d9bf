import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'

/**
 * The subscribers, all in a process of their own: a socket each, with one subscription. Told what to open, it answers when each has received its
 * first event; told when events were there to be sent, it answers how long they took to each subscriber, and whether any is missing.
 */
export interface Subscriber {
  token: string
  query: string
  variables: { id: string; after: string }
}

export interface Figures {
  delivered: number
  /** Sequences that a subscriber did not get, got twice or got too early. */
  faults: number
  p50: number
  p99: number
  longest: number
  /** Over the time from the first to the last that was measured. */
  perSecond: number
}

export type Order =
  | { type: 'open'; url: string; subscribers: Subscriber[] }
  | { type: 'measure'; sentAt: Record<string, number>; last: Record<string, string> }
  | { type: 'close' }

interface Arrival {
  event: string
  at: number
}

const now = () => performance.timeOrigin + performance.now()
const opening = 40
let sockets: WebSocket[] = []
let arrivals: Arrival[] = []
let faults = 0
const newest = new Map<WebSocket, { id: string; sequence: number }>()

process.on('message', (order: Order) => void obey(order))
process.once('disconnect', () => process.exit(0))
process.send?.({ type: 'ready' })

async function obey(order: Order) {
  if (order.type === 'open') {
    const waiting = [...order.subscribers]
    await Promise.all(
      Array.from({ length: opening }, async () => {
        for (let one = waiting.pop(); one; one = waiting.pop()) sockets.push(await open(order.url, one))
      }),
    )
    arrivals = []
    process.send?.({ type: 'opened' })
  } else if (order.type === 'measure') {
    while ([...newest.values()].some(({ id, sequence }) => sequence < Number(order.last[id]))) await pause(50)
    process.send?.({ type: 'measured', figures: figuresOf(order.sentAt) })
  } else {
    for (const socket of sockets) socket.terminate()
    sockets = []
    newest.clear()
    arrivals = []
    faults = 0
    process.send?.({ type: 'closed' })
  }
}

async function open(url: string, { token, query, variables }: Subscriber): Promise<WebSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false })
  await once(socket, 'open')
  const first = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const at = now()
      const { type, payload } = JSON.parse(data.toString())
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }))
      if (type !== 'next') return
      const { sequence } = payload.data.connectionEvents
      const before = newest.get(socket)?.sequence ?? Number(variables.after)
      if (Number(sequence) !== before + 1) faults += 1
      newest.set(socket, { id: variables.id, sequence: Number(sequence) })
      arrivals.push({ event: `${variables.id} ${sequence}`, at })
      resolve()
    })
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  })
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await first
  return socket
}

function figuresOf(sentAt: Record<string, number>): Figures {
  const measured = arrivals.flatMap(({ event, at }) => {
    const sent = sentAt[event]
    return sent === undefined ? [] : [{ at, took: at - sent }]
  })
  const took = Float64Array.from(measured, (one) => one.took).sort()
  const share = (part: number) => took[Math.floor((took.length - 1) * part)] ?? Number.NaN
  const from = measured.at(0)?.at ?? Number.NaN
  const to = measured.at(-1)?.at ?? Number.NaN
  return {
    delivered: took.length,
    faults,
    p50: share(0.5),
    p99: share(0.99),
    longest: share(1),
    perSecond: took.length / ((to - from) / 1_000),
  }
}
