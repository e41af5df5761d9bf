import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseRange } from '../../src/auth/client-address.ts'
import { issueToken } from '../../src/auth/token.ts'
import { openSocket } from '../events/subscriber.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'
import { signIn } from './browser.ts'
import { addApiKey } from './rows.ts'

let api: TestApi
const burst = 5
const proxy = parseRange('127.0.0.0/8')

beforeAll(async () => {
  api = await startTestApi({
    // nobody's patience is refilled in the time of a test
    guessLimits: { burst, everyMs: 3_600_000, addresses: 100, remembered: 100 },
    signInLimits: { burst, everyMs: 3_600_000, addresses: 100 },
    surroundings: { publicUrl: null, trustedProxies: proxy ? [proxy] : [] },
  })
})
afterAll(() => api.stop())

let addresses = 0
const someAddress = () => `192.0.2.${addresses++}`
const unknown = () => issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token
const someKey = () => addApiKey(api.db, { scopes: ['SYNCS_READ'] })

async function ask(address: string, token: string | null) {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: '{"query":"{ viewer { kind } }"}',
  })
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] }
  return { status: response.status, code: errors?.[0]?.extensions.code, wait: response.headers.get('retry-after') }
}

async function guessUntilRefused(address: string) {
  for (let i = 0; i < burst; i++) expect((await ask(address, unknown())).status).toBe(401)
}

test('an address guesses so often; then nothing more is looked up for it but credentials that were good here before', async () => {
  const address = someAddress()
  const neighbour = await someKey()
  expect((await ask(address, neighbour.token)).status).toBe(200)
  await guessUntilRefused(address)
  const newcomer = await someKey()
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    for (const token of [unknown(), newcomer.token]) {
      expect(await ask(address, token)).toEqual({
        status: 429,
        code: 'RATE_LIMITED',
        wait: expect.stringMatching(/^\d+$/),
      })
    }
    expect(spy).not.toHaveBeenCalled()
  } finally {
    spy.mockRestore()
  }
  expect((await ask(address, neighbour.token)).status).toBe(200)
  const elsewhere = someAddress()
  expect((await ask(elsewhere, newcomer.token)).status).toBe(200)
  expect((await ask(address, newcomer.token)).status).toBe(200)
})

test('what was once given out, or is missing, is no guess', async () => {
  const address = someAddress()
  const revoked = await someKey()
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
  const expired = await addApiKey(api.db, { scopes: [], expiresAt: new Date(Date.now() - 1) })
  for (let i = 0; i < burst + 1; i++) {
    for (const token of [revoked.token, expired.token, null]) expect((await ask(address, token)).status).toBe(401)
  }
  expect((await ask(address, (await someKey()).token)).status).toBe(200)
})

test('many programs that start at once with keys that are good are not held up', async () => {
  const address = someAddress()
  const { token } = await someKey()
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(address, token)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  for (let i = 0; i < 2 * burst; i++) expect((await ask(address, (await someKey()).token)).status).toBe(200)
})

test('cookies, sockets and signing in are no ways around it', async () => {
  const address = someAddress()
  const forwarded = { 'x-forwarded-for': address }
  const origin = new URL(api.url).origin
  for (let i = 0; i < burst; i++) {
    const cookie = `syncline_session=${unknown()}`
    const answer = await fetch(`${api.url}?query={__typename}`, { headers: { ...forwarded, origin, cookie } })
    expect(answer.status).toBe(401)
  }
  const client = openSocket(api.webSocketUrl, { token: unknown(), headers: forwarded })
  expect((await client.close).code).toBe(1013)
  const { token } = await someKey()
  const refused = await signIn(api.url, { key: token }, forwarded)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
})

test('an address signs in so often, whatever comes of it; others are not held up, and each is in the audit log with its address', async () => {
  const address = someAddress()
  for (let i = 0; i < burst; i++) {
    expect((await signIn(api.url, { key: ownerKey }, { 'x-forwarded-for': address })).status).toBe(204)
  }
  const noted = () => api.db.prisma.auditEntry.count({ where: { action: 'SESSION_OPEN', ip: address } })
  const refused = await signIn(api.url, { key: ownerKey }, { 'x-forwarded-for': address })
  expect([refused.status, refused.headers.getSetCookie()]).toEqual([429, []])
  expect(await noted()).toBe(burst)
  expect((await signIn(api.url, { key: ownerKey }, { 'x-forwarded-for': someAddress() })).status).toBe(204)
})
