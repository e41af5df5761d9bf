import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands before a source and holds requests for pages back, so that a run is in progress for as long as a test needs it to be.
 */
export async function startSourceGate(sourceUrl: string) {
  let allowed = Number.POSITIVE_INFINITY
  let passed = 0
  const held: (() => void)[] = []

  const release = () => {
    while (allowed > 0 && held.length > 0) {
      allowed--
      passed++
      held.shift()?.()
    }
  }

  const server = createServer((incoming, outgoing) => {
    const pass = () => {
      if (outgoing.destroyed) return
      const onward = request(new URL(incoming.url ?? '/', sourceUrl), { headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      onward.end()
    }
    // asking for one record is how a connector checks a source: it is no page
    if (!/[?&]limit=\d{2}/.test(incoming.url ?? '')) return pass()
    held.push(pass)
    release()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string

  return {
    url: `http://127.0.0.1:${port}`,
    /** Pages that the source was asked for so far. */
    passed: () => passed,
    /** Lets so many more pages through, of whatever entity, and holds back those that follow. */
    letThrough(pages: number) {
      allowed = pages
      release()
    },
    open() {
      allowed = Number.POSITIVE_INFINITY
      release()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
