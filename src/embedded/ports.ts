import { createServer } from 'node:net'

const loopback = '127.0.0.1'

/** A port that nobody listens on now. */
export const anyFreePort = () => probe(0).then((port) => port ?? Promise.reject(new Error('no free port on 127.0.0.1')))

/** Whether a port can be listened on, asked for up to `ms`: what a killed start has left behind lets go of it soon. */
export async function freeWithin(port: number, ms: number, host = loopback): Promise<boolean> {
  for (const end = Date.now() + ms; (await probe(port, host)) === undefined; ) {
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

function probe(port: number, host = loopback): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
