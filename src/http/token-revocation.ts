import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AttemptLimits, createAttempts } from '../auth/attempts.ts'
import { defaultReadWithinMs, largestBody, mediaTypeOf, readBody, sayTo, sayWhy, textIn } from './exchange.ts'

export const revocationPath = '/tokens/revoke'

export interface TokenRevocationOptions {
  /** Tells nobody what it found. */
  revoke: (token: string, ip: string | null) => Promise<void>
  addressOf: (request: IncomingMessage) => string | null
  limits?: AttemptLimits
  readWithinMs?: number
}

const defaultLimits: AttemptLimits = { burst: 20, everyMs: 1_000, addresses: 10_000 }

/**
 * POST /tokens/revoke, for whoever has found a token: { "token": … } as JSON, or token=… as a form. It needs no credential but the token, and
 * answers the same whether that was a key, a token, one that had ended before, or nothing of ours.
 */
export function createTokenRevocation({
  revoke,
  addressOf,
  limits = defaultLimits,
  readWithinMs = defaultReadWithinMs,
}: TokenRevocationOptions) {
  const attempts = createAttempts(limits)

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const ip = addressOf(request)
    const say = sayTo(request, response)
    if (request.method !== 'POST') return say(405, 'Send the token with POST.', { allow: 'POST' })
    const wait = attempts.take(ip)
    if (wait > 0) return say(429, 'Too many attempts from this address. Wait.', { 'retry-after': String(wait) })
    const form = forms.get(mediaTypeOf(request))
    if (!form) return say(415, 'Send JSON, or a form (application/x-www-form-urlencoded).')
    const body = await readBody(request, readWithinMs)
    if (body === null) return say(413, `The body is larger than ${largestBody} bytes, or too long in coming.`)
    const token = form(body)
    if (token === null) return say(400, 'Send the token as {"token": "…"}, or as token=… in a form.')
    try {
      // a file that it was read from may end with a new line
      await revoke(token.trim(), ip)
    } catch (error) {
      return sayWhy(say, error)
    }
    say(200, 'If this was a working key or token, it has stopped working.')
  }
}

const forms = new Map<string | undefined, (body: string) => string | null>([
  ['application/json', (body) => textIn(body, 'token')],
  ['application/x-www-form-urlencoded', (body) => new URLSearchParams(body).get('token')],
])
