import type { ServerResponse } from 'node:http'

const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // data and words, no pages: whoever serves a page says what that page may do
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** A year. Of this host alone: what else its domain serves is not known here. */
const onlyOverTls = { 'strict-transport-security': 'max-age=31536000' }

/** On every answer, before anything is known of it. No header opens it to pages of other origins. */
export function setSecurityHeaders(response: ServerResponse, overTls: boolean): void {
  for (const [name, value] of Object.entries(overTls ? { ...always, ...onlyOverTls } : always))
    response.setHeader(name, value)
}
