import { createServer } from 'node:net'
import { StartError } from '../config.ts'

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

export interface PortUse {
  /** As the message names it: "the API". */
  part: string
  variable: string
  host?: string
}

/** The port asked for, 0 standing for any free one; StartError naming the variable when it is taken. */
export async function usablePort(asked: number, { part, variable, host = loopback }: PortUse): Promise<number> {
  if (asked === 0) return anyFreePort()
  const free = await freeWithin(asked, 1_000, host).catch((cause: Error) => {
    throw new StartError(`${variable}: ${part} cannot listen on ${host}, port ${asked} (${cause.message}).`, { cause })
  })
  if (free) return asked
  throw new StartError(
    `Port ${asked} on ${host} is taken, so ${part} cannot start. Set ${variable} to another port, or to 0 for any free one.`,
  )
}

function probe(port: number, host = loopback): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
