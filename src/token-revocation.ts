import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AttemptLimits, createAttempts } from './auth/attempts.ts'
import { isUnavailable } from './store/unavailable.ts'

export const revocationPath = '/tokens/revoke'

export interface TokenRevocationOptions {
  /** Tells nobody what it found. */
  revoke: (token: string, ip: string | null) => Promise<void>
  limits?: AttemptLimits
  /** From the headers to the end of the body. */
  readWithinMs?: number
}

const defaultLimits: AttemptLimits = { burst: 20, everyMs: 1_000, addresses: 10_000 }
const largestBody = 4_096

/**
 * POST /tokens/revoke, for whoever has found a token: { "token": … } as JSON, or token=… as a form. It needs no credential but the token, and
 * answers the same whether that was a key, a token, one that had ended before, or nothing of ours.
 */
export function createTokenRevocation({
  revoke,
  limits = defaultLimits,
  readWithinMs = 5_000,
}: TokenRevocationOptions) {
  const attempts = createAttempts(limits)

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ip = request.socket.remoteAddress ?? null
    const say = (status: number, message: string, headers: Record<string, string> = {}) => {
      // what was not read of the body would be taken for the next request
      if (!request.complete) headers['connection'] = 'close'
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
      response.end(`${JSON.stringify({ message })}\n`)
    }

    if (request.method !== 'POST') return say(405, 'Send the token with POST.', { allow: 'POST' })
    const wait = attempts.take(ip)
    if (wait > 0) return say(429, 'Too many attempts from this address. Wait.', { 'retry-after': String(wait) })
    const form = formOf(request)
    if (!form) return say(415, 'Send JSON, or a form (application/x-www-form-urlencoded).')
    const body = await readBody(request, readWithinMs)
    if (body === null) return say(413, `The body is larger than ${largestBody} bytes, or too long in coming.`)
    const token = form(body)
    if (token === null) return say(400, 'Send the token as {"token": "…"}, or as token=… in a form.')
    try {
      // a file that it was read from may end with a new line
      await revoke(token.trim(), ip)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      return say(503, 'The database cannot be reached at the moment. Try again shortly.', { 'retry-after': '1' })
    }
    say(200, 'If this was a working key or token, it has stopped working.')
  }
}

function formOf({ headers }: IncomingMessage): ((body: string) => string | null) | null {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') return tokenOfJson
  return type === 'application/x-www-form-urlencoded' ? (body) => new URLSearchParams(body).get('token') : null
}

function tokenOfJson(body: string): string | null {
  try {
    const given: unknown = JSON.parse(body)
    const token = typeof given === 'object' && given !== null && 'token' in given ? given.token : null
    return typeof token === 'string' ? token : null
  } catch {
    return null
  }
}

/** Null when it is too large, or does not come. */
async function readBody(request: IncomingMessage, withinMs: number): Promise<string | null> {
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
