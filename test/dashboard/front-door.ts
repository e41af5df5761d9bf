import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/**
 * Stands before the API, as a proxy does. It can hold back the upgrades to WebSockets: nobody refuses them, and nobody answers. Sockets that are open it can cut,
 * or leave open and pass nothing more.
 */
export async function openFrontDoor(apiUrl: string) {
  const { hostname, port } = new URL(apiUrl)
  const open = new Set<Socket>()
  const held: (() => void)[] = []
  let holding = false
  let asked = 0

  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.on('upgrade', ({ url, rawHeaders }, near: Socket, head) => {
    asked += 1
    open.add(near)
    near.on('error', () => {}).on('close', () => open.delete(near))
    const pass = () => {
      if (near.destroyed) return
      const far = connect(Number(port), hostname)
      open.add(far)
      far
        .on('error', () => {})
        .on('close', () => {
          open.delete(far)
          near.destroy()
        })
      near.on('close', () => far.destroy())
      far.write(`GET ${url} HTTP/1.1\r\n${headerLines(rawHeaders)}\r\n`)
      far.write(head)
      near.pipe(far).pipe(near)
    }
    if (holding) held.push(pass)
    else pass()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo // a TCP server's address is never a string

  return {
    origin: `http://127.0.0.1:${own}`,
    /** Upgrades that were asked for so far. */
    upgrades: () => asked,
    holdUpgrades() {
      holding = true
    },
    letUpgradesThrough() {
      holding = false
      for (const pass of held.splice(0)) pass()
    },
    cutSockets() {
      for (const socket of open) socket.destroy()
    },
    /** They stay open, and nobody hears of the other side any more. */
    silenceSockets() {
      for (const socket of open) socket.unpipe().pause()
    },
    async close() {
      const closed = once(server, 'close')
      for (const socket of open) socket.destroy()
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const headerLines = (raw: readonly string[]) =>
  raw.map((text, place) => (place % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
