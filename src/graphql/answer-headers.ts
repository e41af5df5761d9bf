import type { Plugin } from 'graphql-yoga'

/** GraphiQL's page comes with inline scripts, and with others from the package's public copy. */
const graphiqlPolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline' blob: https://unpkg.com",
  "style-src 'unsafe-inline' https://unpkg.com",
  'font-src data: https://unpkg.com',
  'img-src data: https:',
  "connect-src 'self' https://unpkg.com",
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** What Yoga would leave out or say otherwise; the rest is on every answer of the server. */
export function useAnswerHeaders(): Plugin {
  return {
    onResponse({ response }) {
      response.headers.set('cache-control', 'no-store')
      if (response.headers.get('content-type')?.startsWith('text/html'))
        response.headers.set('content-security-policy', graphiqlPolicy)
    },
  }
}
