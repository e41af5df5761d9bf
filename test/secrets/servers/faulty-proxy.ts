import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What befalls a request. `lose`: the server does it, and its answer is lost. */
export type Fault =
  | 'cut'
  | 'lose'
  | 'hang'
  | { status: number; headers?: Record<string, string>; body?: string | ((sent: string) => string) }

export interface FaultyProxy {
  url: string
  /** The next `times` requests meet the fault; all further ones, those that `matching` leaves out too, pass. */
  next(fault: Fault, times?: number, matching?: (sent: Sent) => boolean): void
  /** Requests since the last call of this. */
  seen(): Sent[]
  close(): void
}

export interface Sent {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** Stands between a store and its server, and fails as networks and servers do. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  let planned: { fault: Fault; times: number; matching: (sent: Sent) => boolean } | undefined
  let requests: Sent[] = []

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('error', () => {})
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming
      const sent = { method, path, headers, body: Buffer.concat(chunks).toString() }
      requests.push(sent)
      if (!planned || planned.times === 0 || !planned.matching(sent)) return pass(sent, outgoing)
      planned.times--
      befall(planned.fault, sent, outgoing)
    })
  })

  function befall(fault: Fault, sent: Sent, outgoing: ServerResponse) {
    if (fault === 'hang') return
    if (fault === 'cut') outgoing.destroy()
    else if (fault === 'lose') pass(sent, null, () => outgoing.destroy())
    else {
      const { status, headers = {}, body = '' } = fault
      outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : body(sent.body))
    }
  }

  function pass({ method, path, headers, body }: Sent, outgoing: ServerResponse | null, done = () => {}) {
    const onward = request(new URL(path, upstream), { method, headers }, (answer) => {
      if (outgoing) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      } else answer.resume().on('end', done)
    })
    onward.on('error', () => (outgoing ? outgoing.destroy() : done()))
    onward.end(body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next(fault, times = 1, matching = () => true) {
      planned = { fault, times, matching }
    },
    seen() {
      const seen = requests
      requests = []
      return seen
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
