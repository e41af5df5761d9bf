import type { IncomingMessage, ServerResponse } from 'node:http'
import { AuthenticationError } from '../auth/errors.ts'
import type { Presenting } from '../auth/presenting.ts'
import { defaultReadWithinMs, largestBody, mediaTypeOf, readBody, type Say, sayTo, sayWhy, textIn } from './exchange.ts'
import type { SessionsToEnd } from '../operations/end-browser-session.ts'
import type { OpenedSession } from '../operations/open-browser-session.ts'

export const sessionPath = '/session'

export interface SessionsOptions {
  open: (key: string, ip: string | null) => Promise<OpenedSession>
  end: (secret: string, ip: string | null, which: SessionsToEnd) => Promise<void>
  presenting: Presenting
}

const notEnded =
  'This browser has forgotten its session, which could not be ended and ends by itself after an hour without use.'

/**
 * The dashboard's way in and out. POST /session with { "key": … } answers with a cookie and nothing else, and ends the session whose place it takes;
 * DELETE /session ends what it opened, DELETE /session?all all that the same key has opened.
 */
export function createSessions({ open, end, presenting }: SessionsOptions) {
  const { addressOf, originOf, cookie } = presenting

  async function signIn(request: IncomingMessage, say: Say) {
    const ip = addressOf(request)
    // a form of another site could send any other type, and sign a visitor in as whom it likes
    if (mediaTypeOf(request) !== 'application/json') return say(415, 'Send JSON (content-type: application/json).')
    const body = await readBody(request, defaultReadWithinMs)
    if (body === null) return say(413, `The body is larger than ${largestBody} bytes, or too long in coming.`)
    const key = textIn(body, 'key')?.trim()
    if (!key) return say(400, 'Send the owner key or an API key as {"key": "…"}.')
    const { secret, lastsMs } = await open(key, ip)
    const before = cookie.read(request.headers.cookie)
    if (before !== null) await end(before, ip, 'THIS')
    say(204, undefined, { 'set-cookie': cookie.set(secret, lastsMs) })
  }

  /** The browser forgets the session in any case: also where it cannot be ended now, nobody who sits down there later has it. */
  async function signOut(request: IncomingMessage, say: Say, response: ServerResponse) {
    response.setHeader('set-cookie', cookie.clear())
    const secret = cookie.read(request.headers.cookie)
    const which = request.url === `${sessionPath}?all` ? 'ALL_OF_ITS_KEY' : 'THIS'
    try {
      if (secret !== null) await end(secret, addressOf(request), which)
    } catch (error) {
      return sayWhy((status, why, headers) => say(status, `${notEnded} ${why}`, headers), error)
    }
    say(204)
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const say = sayTo(request, response)
    const act = { POST: signIn, DELETE: signOut }[request.method ?? '']
    if (!act) return say(405, 'POST signs in, DELETE signs out.', { allow: 'POST, DELETE' })
    if (originOf(request) === 'FOREIGN') return say(403, new AuthenticationError('CROSS_ORIGIN').message)
    try {
      await act(request, say, response)
    } catch (error) {
      sayWhy(say, error)
    }
  }
}
