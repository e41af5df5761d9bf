import type { IncomingMessage } from 'node:http'
import type { PresentedCredential } from './authenticate.ts'
import { createClientAddress, type parseRange } from './client-address.ts'
import { AuthenticationError } from './errors.ts'
import { type Origin, originOf } from './origin.ts'
import { createSessionCookie, type SessionCookie } from './session-cookie.ts'

/** How browsers and proxies reach this server, as the operator says. */
export interface Surroundings {
  /** Where browsers find it; null: at the host that they ask, without TLS. */
  publicUrl: URL | null
  /** Proxies whose X-Forwarded-For is believed. */
  trustedProxies: readonly NonNullable<ReturnType<typeof parseRange>>[]
}

/** What is read of a request before anything else of it. */
export interface Presenting {
  /** Throws AuthenticationError where the session's cookie is all there is and the request may not use it. */
  credentialOf(
    request: IncomingMessage,
    given: Pick<PresentedCredential, 'authorization' | 'environment'>,
  ): PresentedCredential
  addressOf(request: IncomingMessage): string | null
  originOf(request: IncomingMessage): Origin
  readonly cookie: SessionCookie
}

export function createPresenting({ publicUrl, trustedProxies }: Surroundings): Presenting {
  const addressOf = createClientAddress(trustedProxies)
  const cookie = createSessionCookie(publicUrl?.protocol === 'https:')
  const origin = ({ headers }: IncomingMessage) => originOf(headers, publicUrl)
  return {
    credentialOf(request, { authorization, environment }) {
      const session = authorization === null ? cookie.read(request.headers.cookie) : null
      // a browser adds the cookie to what others make it send: only what they cannot make it send may use it
      if (session !== null && !(origin(request) === 'OWN' && isJson(request)))
        throw new AuthenticationError('CROSS_ORIGIN')
      return { authorization, session, environment, ip: addressOf(request) }
    },
    addressOf,
    originOf: origin,
    cookie,
  }
}

/** A form of another site can send a POST of any other type without asking. */
const isJson = ({ method, headers }: IncomingMessage) =>
  method !== 'POST' || /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')
