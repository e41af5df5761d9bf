import type { IncomingMessage, ServerResponse } from 'node:http'
import { AuthenticationError, TooMany } from '../auth/errors.ts'
import { isUnavailable } from '../store/unavailable.ts'

/** Answers with a message, or with nothing (204). */
export type Say = (status: number, message?: string, headers?: Record<string, string>) => void

/** How endpoints beside GraphQL answer. */
export function sayTo(request: IncomingMessage, response: ServerResponse): Say {
  return (status, message, headers = {}) => {
    // what was not read of the body would be taken for the next request
    if (!request.complete) headers = { ...headers, connection: 'close' }
    if (message === undefined) response.writeHead(status, headers).end()
    else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(said(message))
  }
}

/** What an endpoint answers when it could not do its work; an error that nobody foresaw goes on. */
export function sayWhy(say: Say, error: unknown): void {
  if (error instanceof AuthenticationError) return say(401, error.message, { 'www-authenticate': 'Bearer' })
  if (error instanceof TooMany) return say(429, error.message, { 'retry-after': String(error.retryAfterSeconds) })
  if (!isUnavailable(error)) throw error
  say(503, 'The database cannot be reached at the moment. Try again shortly.', { 'retry-after': '1' })
}

const said = (message: string) => `${JSON.stringify({ message })}\n`

export const largestBody = 4_096

/** From the headers to the end of the body. */
export const defaultReadWithinMs = 5_000

/** Null when it is too large, or does not come. */
export async function readBody(request: IncomingMessage, withinMs: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  const late = setTimeout(() => request.destroy(), withinMs)
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer // no encoding was set
      size += bytes.length
      if (size > largestBody) return null
      chunks.push(bytes)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch {
    return null
  } finally {
    clearTimeout(late)
  }
}

export const mediaTypeOf = ({ headers }: IncomingMessage): string | undefined =>
  headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()

/** A text in a JSON object; null when there is no such thing. */
export function textIn(body: string, name: string): string | null {
  try {
    const given: unknown = JSON.parse(body)
    if (typeof given !== 'object' || given === null || !Object.hasOwn(given, name)) return null
    const text = (given as Record<string, unknown>)[name] // an object
    return typeof text === 'string' ? text : null
  } catch {
    return null
  }
}
