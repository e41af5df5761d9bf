import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that a test can close, as when the server stops, and open again; or freeze: it takes everything and answers nothing. */
export async function openWay(serverUrl: string) {
  const target = new URL(serverUrl)
  const open = new Set<Socket>()
  let server: Server
  let frozen = false

  async function listen(port: number) {
    server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname)
      for (const socket of [near, far]) {
        open.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          open.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      if (!frozen) near.pipe(far).pipe(near)
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  const port = await listen(0)
  const url = new URL(serverUrl)
  url.port = String(port)
  return {
    url: url.href,
    reopen: () => listen(port),
    freeze() {
      frozen = true
      for (const socket of open) socket.unpipe().pause()
    },
    /** Whoever was held meanwhile has to come again. */
    thaw() {
      frozen = false
      for (const socket of open) socket.destroy()
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
