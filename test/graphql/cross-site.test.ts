import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../events/subscriber.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'
import { askAs, type Browser, openBrowser, signIn } from './browser.ts'

let api: TestApi
let browser: Browser
let cookie: { cookie: string }
let own: { origin: string }
const open: { dispose(): unknown }[] = []

beforeAll(async () => {
  api = await startTestApi()
  browser = await openBrowser(api.url, ownerKey)
  cookie = { cookie: browser.headers.cookie }
  own = { origin: browser.headers.origin }
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.dispose()))
})
afterAll(() => api.stop())

const json = { 'content-type': 'application/json' }
const foreign = { origin: 'https://evil.example' }
let names = 0
const environments = () => api.db.prisma.environment.count()
const mutation = () =>
  `mutation { createEnvironment(input: { name: "site-${names++}", kind: TESTING, credits: 1 }) { __typename } }`

async function send(headers: Record<string, string>, body: string) {
  const before = await environments()
  const { status } = await fetch(api.url, { method: 'POST', headers: { ...cookie, ...headers }, body })
  return { status, done: (await environments()) - before }
}

test('a POST that carries the cookie is let in only as JSON from an own page; refused, it does nothing', async () => {
  const body = () => JSON.stringify({ query: mutation() })
  const refused: Record<string, string>[] = [
    { ...json, ...foreign },
    { ...json, ...foreign, 'sec-fetch-site': 'same-origin' },
    { ...json, origin: 'null' },
    { ...json, origin: own.origin.replace('http', 'https') },
    { ...json, origin: `${own.origin}.evil.example` },
    { ...json, origin: own.origin.replace(/\d+$/, '1') },
    { ...json, 'sec-fetch-site': 'cross-site' },
    { ...json, 'sec-fetch-site': 'same-site' },
    { ...json, 'sec-fetch-site': 'none' },
    json,
    { ...own, 'content-type': 'text/plain' },
    { ...own, 'content-type': 'application/jsonx' },
    { ...own, 'content-type': 'text/plain; application/json' },
    { ...own, 'content-type': 'application/graphql' },
    { ...own, 'content-type': 'multipart/form-data; boundary=x' },
  ]
  for (const headers of refused) {
    expect({ headers, ...(await send(headers, body())) }).toEqual({ headers, status: 401, done: 0 })
  }
  const form = new URLSearchParams({ query: mutation() }).toString()
  const formed = { ...own, 'content-type': 'application/x-www-form-urlencoded' }
  expect(await send(formed, form)).toEqual({ status: 401, done: 0 })
  const good: Record<string, string>[] = [
    { ...json, ...own },
    { ...json, 'sec-fetch-site': 'same-origin' },
    { ...own, 'content-type': 'application/json; charset=utf-8' },
  ]
  for (const headers of good) {
    expect({ headers, ...(await send(headers, body())) }).toEqual({ headers, status: 200, done: 1 })
  }
})

test('a GET runs no mutation, whoever sends it, and with the cookie nothing at all for a foreign page', async () => {
  const get = async (query: string, headers: Record<string, string>) => {
    const before = await environments()
    const answer = await fetch(`${api.url}?${new URLSearchParams({ query })}`, { headers })
    return { status: answer.status, done: (await environments()) - before }
  }
  const nothing = (status: number) => ({ status, done: 0 })
  const asOwner = { authorization: `Bearer ${ownerKey}` }
  for (const headers of [asOwner, { ...cookie, ...own }, { ...cookie, 'sec-fetch-site': 'same-origin' }])
    expect(await get(mutation(), headers)).toEqual(nothing(405))
  const query = '{ viewer { kind } }'
  for (const headers of [{ ...cookie, ...foreign }, { ...cookie, 'sec-fetch-site': 'cross-site' }, cookie])
    for (const asked of [query, mutation()]) expect(await get(asked, headers)).toEqual(nothing(401))
  for (const headers of [asOwner, { ...cookie, ...own }, { ...cookie, 'sec-fetch-site': 'same-origin' }])
    expect(await get(query, headers)).toEqual(nothing(200))
})

test('an SSE stream by GET, as EventSource opens it, is for own pages alone', async () => {
  const stream = (headers: Record<string, string>) =>
    fetch(`${api.url}?${new URLSearchParams({ query: 'subscription { environmentEvents { sequence } }' })}`, {
      headers: { accept: 'text/event-stream', ...cookie, ...headers },
    })
  for (const headers of [foreign, { 'sec-fetch-site': 'same-site' }, {}]) {
    const answer = await stream(headers)
    expect({ status: answer.status, open: answer.headers.get('access-control-allow-origin') }).toEqual({
      status: 401,
      open: null,
    })
    await answer.body?.cancel()
  }
  const answer = await stream({ 'sec-fetch-site': 'same-origin' })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  await answer.body?.cancel()
})

test('a WebSocket takes the cookie of its upgrade only from an own page, and never where it has an authorization', async () => {
  const socket = (headers: Record<string, string>, token: string | null = null) => {
    const opened = openSocket(api.webSocketUrl, { token, headers })
    open.push(opened)
    return opened
  }
  for (const headers of [foreign, {}, { origin: 'null' }, { origin: own.origin.replace('http', 'ws') }]) {
    const { code } = await socket({ ...cookie, ...headers }).close
    expect({ headers, code }).toEqual({ headers, code: 4401 })
  }
  expect((await socket({ ...cookie, ...own }, 'nonsense').close).code).toBe(4401)
  expect((await socket(own).close).code).toBe(4401)
  await socket({ ...cookie, ...own, 'sec-fetch-site': 'cross-site' }).acknowledged // as a browser may say of ws: and http:
  await socket({ ...cookie, ...foreign }, ownerKey).acknowledged
})

test('a session over WebSocket chooses its environment as the owner does', async () => {
  const opened = openSocket(api.webSocketUrl, { token: null, headers: browser.headers, environment: 'nowhere' })
  open.push(opened)
  expect((await opened.close).code).toBe(4401)
  const testing = openSocket(api.webSocketUrl, { token: null, headers: browser.headers, environment: 'testing' })
  open.push(testing)
  await testing.acknowledged
})

test('no page of another origin may read an answer or ask with a credential', async () => {
  for (const path of ['/graphql', '/session', '/tokens/revoke', '/healthz']) {
    for (const method of ['OPTIONS', 'POST', 'GET']) {
      const { headers } = await fetch(new URL(path, api.url), {
        method,
        headers: { ...foreign, ...(method === 'OPTIONS' ? { 'access-control-request-method': 'POST' } : {}) },
      })
      const opened = [...headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect({ path, method, opened }).toEqual({ path, method, opened: [] })
    }
  }
})

test('behind TLS the cookie is Secure and of this host alone, and only pages of the public URL may use it', async () => {
  const url = 'https://syncline.example'
  const behindTls = await startTestApi({ surroundings: { publicUrl: new URL(url), trustedProxies: [] } })
  try {
    expect((await signIn(behindTls.url, { key: ownerKey }, { origin: new URL(behindTls.url).origin })).status).toBe(403)
    const { headers, secret, setCookie } = await openBrowser(behindTls.url, ownerKey, url)
    expect(setCookie).toBe(
      `__Host-syncline_session=${secret}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict; Secure`,
    )
    const answer = await askAs({ headers }, behindTls.url)
    expect([answer.status, answer.headers.get('strict-transport-security')]).toEqual([200, 'max-age=31536000'])
    // one that a neighbour of the domain could have set
    const unmarked = { ...headers, cookie: headers.cookie.replace('__Host-', '') }
    expect((await askAs({ headers: unmarked }, behindTls.url)).status).toBe(401)
    const here = { ...headers, origin: new URL(behindTls.url).origin }
    expect((await askAs({ headers: here }, behindTls.url)).status).toBe(401)
  } finally {
    await behindTls.stop()
  }
})
