import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownerKey, startTestApi, type TestApi } from './api.ts'

let api: TestApi

beforeAll(async () => {
  api = await startTestApi({ graphiql: true })
})
afterAll(() => api.stop())

const expected = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'strict-transport-security': null,
  'x-powered-by': null,
  server: null,
}
const words = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const post = (path: string, body: object, headers: Record<string, string> = {}): [string, RequestInit] => [
  path,
  { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
]
const asOwner = { authorization: `Bearer ${ownerKey}` }
const stream = { ...asOwner, accept: 'text/event-stream' }

test.each<[number, string, [string, RequestInit?]]>([
  [200, 'data', post('/graphql', { query: '{ viewer { kind } }' }, asOwner)],
  [401, 'a refusal', post('/graphql', { query: '{ viewer { kind } }' })],
  [200, 'a syntax error', post('/graphql', { query: '{' }, asOwner)],
  [413, 'too large a body', post('/graphql', { query: `#${'x'.repeat(1_100_000)}` }, asOwner)],
  [200, 'a stream', post('/graphql', { query: 'subscription { environmentEvents { sequence } }' }, stream)],
  [204, 'a session', post('/session', { key: ownerKey })],
  [401, 'a refused session', post('/session', { key: 'nonsense' })],
  [200, 'a revocation', post('/tokens/revoke', { token: 'nonsense' })],
  [200, 'health', ['/healthz']],
  [200, 'readiness', ['/readyz']],
  [404, 'nothing', ['/nothing']],
])('%i, %s: no page may frame it, sniff its type or keep it', async (status, _, [path, init]) => {
  const answer = await fetch(new URL(path, api.url), init)
  const got = Object.fromEntries(Object.keys(expected).map((name) => [name, answer.headers.get(name)]))
  expect({ status: answer.status, ...got, csp: answer.headers.get('content-security-policy') }).toEqual({
    status,
    ...expected,
    csp: words,
  })
  await answer.body?.cancel()
})

test("GraphiQL's page runs its own scripts, speaks to this server, and is framed by none", async () => {
  const page = await fetch(api.url, { headers: { accept: 'text/html' } })
  const policy = page.headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "connect-src 'self' https://unpkg.com", "frame-ancestors 'none'"])
    expect(policy).toContain(rule)
  // whatever the page loads, its policy allows
  const loaded = [...(await page.text()).matchAll(/(?:src|href)=(https:\/\/[^/>\s]+)/g)].map(([, from]) => from)
  expect(loaded.length).toBeGreaterThan(0)
  for (const from of loaded) if (from !== 'https://raw.githubusercontent.com') expect(policy).toContain(from)
})
