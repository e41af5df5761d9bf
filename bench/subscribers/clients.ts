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
  | { type: 'measure'; sentAt: Record<string, number>; last: Record<string, number> }
  /** So many a second leave and come back. */
  | { type: 'churn'; perSecond: number }
  | { type: 'close' }

const now = () => performance.timeOrigin + performance.now()
const opening = 40
let url = ''
const open = new Map<Subscriber, WebSocket>()
/** The newest sequence of each. */
const newest = new Map<Subscriber, number>()
/** When each event came, to whomever. */
const arrivals = new Map<string, number[]>()
let faults = 0
let churn: NodeJS.Timeout | undefined

process.on('message', (order: Order) => void obey(order))
process.once('disconnect', () => process.exit(0))
process.send?.({ type: 'ready' })

async function obey(order: Order) {
  if (order.type === 'open') {
    url = order.url
    const waiting = [...order.subscribers]
    await Promise.all(
      Array.from({ length: opening }, async () => {
        for (let one = waiting.pop(); one; one = waiting.pop()) await subscribe(one)
      }),
    )
    arrivals.clear()
    process.send?.({ type: 'opened' })
  } else if (order.type === 'churn') {
    clearInterval(churn)
    if (order.perSecond > 0) churn = setInterval(() => void comeBack(), 1_000 / order.perSecond)
    process.send?.({ type: 'churning' })
  } else if (order.type === 'measure') {
    while ([...newest].some(([{ variables }, sequence]) => sequence < (order.last[variables.id] ?? 0))) await pause(50)
    process.send?.({ type: 'measured', figures: figuresOf(order.sentAt) })
  } else {
    for (const socket of open.values()) socket.terminate()
    for (const one of [open, newest, arrivals]) one.clear()
    faults = 0
    process.send?.({ type: 'closed' })
  }
}

/** The one that has been there longest. */
async function comeBack() {
  const [longest] = open
  if (!longest) return
  const [one, socket] = longest
  open.delete(one)
  socket.removeAllListeners('message')
  socket.close()
  await once(socket, 'close')
  await subscribe(one)
}

/** Settles at the first event; without one at the acknowledgement, where it comes back to where it was. */
async function subscribe(one: Subscriber): Promise<void> {
  const { token, query, variables } = one
  const resumed = newest.get(one)
  const after = resumed === undefined ? variables.after : String(resumed)
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false })
  await once(socket, 'open')
  open.set(one, socket)
  const first = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const at = now()
      const { type, payload } = JSON.parse(data.toString())
      if (type === 'connection_ack') {
        socket.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { ...variables, after } } }),
        )
        if (resumed !== undefined) resolve()
      }
      if (type !== 'next') return
      const sequence = Number(payload.data.connectionEvents.sequence)
      if (sequence !== (newest.get(one) ?? Number(after)) + 1) faults += 1
      newest.set(one, sequence)
      const event = `${variables.id} ${sequence}`
      const times = arrivals.get(event)
      if (times) times.push(at)
      else arrivals.set(event, [at])
      resolve()
    })
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  })
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await first
}

function figuresOf(sentAt: Record<string, number>): Figures {
  const measured = [...arrivals].filter(([event]) => event in sentAt)
  const took = Float64Array.from(measured.flatMap(([event, times]) => times.map((at) => at - (sentAt[event] ?? 0))))
  took.sort()
  const share = (part: number) => took[Math.floor((took.length - 1) * part)] ?? Number.NaN
  const all = measured.flatMap(([, times]) => times).sort((a, b) => a - b)
  return {
    delivered: took.length,
    faults,
    p50: share(0.5),
    p99: share(0.99),
    longest: share(1),
    perSecond: took.length / (((all.at(-1) ?? Number.NaN) - (all[0] ?? Number.NaN)) / 1_000),
  }
}
