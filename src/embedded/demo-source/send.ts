import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './api.ts'

export interface SendOptions {
  /** The source's clock, not this machine's: they differ where a test sets it. */
  now: number
  type?: string
  /** Bytes every 20 ms; 0: all at once. */
  trickle?: number
  /** Breaks the connection in the middle of the body. */
  cutOff?: boolean
}

const tickMs = 20

export async function send(
  response: ServerResponse,
  { status, body, headers = {} }: Answer,
  { now, type = 'application/json', trickle = 0, cutOff = false }: SendOptions,
): Promise<void> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    date: new Date(now).toUTCString(),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...headers,
  })
  if (cutOff) {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy())
    return
  }
  if (trickle === 0) {
    response.end(bytes)
    return
  }
  for (let at = 0; at < bytes.length && !response.destroyed; at += trickle) {
    response.write(bytes.subarray(at, at + trickle))
    await pause(tickMs)
  }
  response.end()
}
