import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { issueSessionSecret } from '../../src/auth/session-secret.ts'
import { issueToken } from '../../src/auth/token.ts'
import { openSocket } from '../events/subscriber.ts'
import { ownerKey, startTestApi, type TestApi } from './api.ts'
import { ownStatements } from './own-statements.ts'
import { askAs, openBrowser, signIn } from './browser.ts'
import { addApiKey } from './rows.ts'

let api: TestApi
const burst = 5

beforeAll(async () => {
  // nobody's patience is refilled in the time of a test
  api = await startTestApi({ signInLimits: { burst, everyMs: 3_600_000, addresses: 100 } })
})
afterAll(() => api.stop())

const unknown = () => issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token
const someKey = () => addApiKey(api.db, { scopes: ['SYNCS_READ'] })
const ask = async (url: string, token: string) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const answer = await fetch(url, { method: 'POST', headers, body: '{"query":"{ viewer { kind } }"}' })
  await answer.arrayBuffer()
  return answer.status
}
const signOut = (url: string, cookie: string, query = '') =>
  fetch(new URL(`/session${query}`, url), { method: 'DELETE', headers: { cookie } }).then(({ status }) => status)
const junkCookie = () => `syncline_session=${issueSessionSecret()}`

/** As many guesses as a loop sends until it is told to stop. */
function flood(send: () => Promise<unknown>) {
  let going = true
  const loops = Array.from({ length: 50 }, async () => {
    while (going) await send()
  })
  return async () => {
    going = false
    await Promise.all(loops)
  }
}

test('whoever shares an address with one who guesses is let in: new keys, sessions, and all after a restart', async () => {
  const { token } = await someKey()
  const before = await openBrowser(api.url, token)
  const restarted = await api.startAnother()
  const stop = flood(() => ask(restarted, unknown()))
  try {
    const fresh = await someKey()
    expect(await Promise.all([token, fresh.token, ownerKey].map((one) => ask(restarted, one)))).toEqual([200, 200, 200])
    const origin = new URL(restarted).origin
    expect((await askAs({ headers: { ...before.headers, origin } }, restarted)).status).toBe(200)
    const opened = await openBrowser(restarted, fresh.token)
    expect((await askAs(opened, restarted)).status).toBe(200)
    expect(await signOut(restarted, opened.headers.cookie)).toBe(204)
    expect((await askAs(opened, restarted)).status).toBe(401)
  } finally {
    await stop()
  }
})

test('a guess takes none of the connections that those who are known work with', async () => {
  const spy = vi.spyOn(pg.Pool.prototype, 'query')
  let working = 0
  let most = 0
  spy.mockImplementation(function (this: pg.Pool, ...given: unknown[]) {
    working++
    most = Math.max(most, working)
    // oxlint-disable-next-line typescript/no-unsafe-function-type -- whichever of its forms was called
    const asked = (original as Function).apply(this, given) as Promise<unknown>
    return asked.finally(() => working--)
  } as never)
  try {
    const guesses = Array.from({ length: 200 }, (_, i) =>
      i % 2 === 0 ? ask(api.url, unknown()) : signOut(api.url, junkCookie()),
    )
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([401, 204]))
    expect(most).toBeLessThanOrEqual(4)
  } finally {
    spy.mockRestore()
  }
})
const original = pg.Pool.prototype.query

test('a cookie that is none of ours is not looked up; one that could be costs a look and no transaction', async () => {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  try {
    for (const secret of ['nonsense', 'x'.repeat(44), '%00'.repeat(14)]) {
      expect(await signOut(api.url, `syncline_session=${secret}`)).toBe(204)
    }
    const own = { origin: new URL(api.url).origin, cookie: 'syncline_session=nonsense' }
    expect((await askAs({ headers: own }, api.url)).status).toBe(401)
    expect(spy).not.toHaveBeenCalled()
    expect(await signOut(api.url, junkCookie())).toBe(204)
    expect(ownStatements(spy)).toBe(1)
  } finally {
    spy.mockRestore()
  }
})

test('over a WebSocket an unknown or revoked credential is told so, however many came before', async () => {
  const revoked = await someKey()
  await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
  const stop = flood(() => ask(api.url, unknown()))
  try {
    for (const token of [unknown(), revoked.token]) {
      expect((await openSocket(api.webSocketUrl, { token }).close).code).toBe(4401)
    }
  } finally {
    await stop()
  }
})

test('refused sign-ins are noted so often, then they are 429; those with a good key go on, and are never counted', async () => {
  const noted = (outcome: string) => api.db.prisma.auditEntry.count({ where: { action: 'SESSION_OPEN', outcome } })
  const [opened, refused] = [await noted('OK'), await noted('UNAUTHENTICATED')]
  for (let i = 0; i < 2 * burst; i++) expect((await signIn(api.url, { key: ownerKey })).status).toBe(204)
  const answers = []
  for (let i = 0; i < burst + 2; i++) answers.push(await signIn(api.url, { key: unknown() }))
  expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: burst }, () => 401), 429, 429])
  expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/)
  expect((await signIn(api.url, { key: (await someKey()).token })).status).toBe(204)
  expect([await noted('OK'), await noted('UNAUTHENTICATED')]).toEqual([opened + 2 * burst + 1, refused + burst])
})
