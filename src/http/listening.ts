import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from '../config.ts'

/** Throws StartError that names the variable where the port or the host cannot be had. */
export async function listen(
  server: Server,
  host: string,
  port: number,
  portVariable: string,
  hostVariable = 'HOST',
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  } catch (error) {
    throw listenFailure(error, host, port, portVariable, hostVariable)
  }
}

/** Of a server that listens, without a path. */
export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo // a TCP server's address is never a string
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function listenFailure(error: unknown, host: string, port: number, variable: string, hostVariable: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new StartError(
      `${variable} ${port} is taken on ${host}. Stop what listens there, or set ${variable} to another one.`,
    )
  if (code === 'EACCES')
    return new StartError(`${variable} ${port} may not be opened by this user. Set it to one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartError(
      `${hostVariable} ${host} is not an address of this machine. Set ${hostVariable} to one that is.`,
    )
  return error
}
