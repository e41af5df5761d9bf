import type { IncomingHttpHeaders } from 'node:http'

/** Whose page made a request. UNTOLD: nothing says so, as when a program makes it. */
export type Origin = 'OWN' | 'FOREIGN' | 'UNTOLD'

/**
 * As the browser says it: a page cannot write these headers. Own are pages of `publicUrl`, or, as long as the operator names none, of the host that
 * was asked, without TLS.
 */
export function originOf({ origin, host, ...others }: IncomingHttpHeaders, publicUrl: URL | null): Origin {
  if (origin !== undefined) return origin === (publicUrl?.origin ?? `http://${host}`) ? 'OWN' : 'FOREIGN'
  // beside the Origin it says nothing more, and browsers differ about it where a WebSocket is opened
  const site = others['sec-fetch-site']
  if (site === undefined) return 'UNTOLD'
  return site === 'same-origin' ? 'OWN' : 'FOREIGN'
}
