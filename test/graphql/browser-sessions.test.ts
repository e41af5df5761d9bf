import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ensureOwnerKey } from '../../src/auth/owner-key.ts'
import { issueToken } from '../../src/auth/token.ts'
import { nodeId } from '../../src/graphql/node-id.ts'
import { createLogger } from '../../src/log.ts'
import { connectionQuery, openSocket, openStream } from '../events/subscriber.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { askAs, type Browser, openBrowser, signIn } from './browser.ts'
import { addApiKey, addConnection, environmentOf } from './rows.ts'

let api: TestApi
let processes: string[]
const logged: string[] = []
const open: { dispose(): unknown }[] = []

beforeAll(async () => {
  const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })
  api = await startTestApi({ log, signInLimits: { burst: 1_000, everyMs: 1, addresses: 10 } })
  processes = [api.url, await api.startAnother()]
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.dispose()))
})
afterAll(() => api.stop())

const sessions = () => api.db.prisma.browserSession.findMany()
const ofSessions = { action: { startsWith: 'SESSION' } }
const sessionsNoted = () => api.db.prisma.auditEntry.count({ where: ofSessions })
const newestAudit = () => api.db.prisma.auditEntry.findFirst({ where: ofSessions, orderBy: { id: 'desc' } })

describe('signing in', () => {
  test('the owner key opens a session in a cookie that scripts cannot read; it acts as the owner, in each environment', async () => {
    const browser = await openBrowser(api.url, ownerKey)
    expect(browser.setCookie).toBe(
      `syncline_session=${browser.secret}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict`,
    )
    expect(Buffer.from(browser.secret, 'base64url').length * 8).toBeGreaterThanOrEqual(192)
    const { status, data } = await askAs(browser, api.url)
    expect({ status, data }).toMatchObject({
      status: 200,
      data: { viewer: { kind: 'OWNER', environment: { name: 'production' } } },
    })
    const elsewhere = await askAs(browser, api.url, undefined, { 'x-syncline-environment': 'testing' })
    expect(elsewhere.data.viewer.environment.name).toBe('testing')
    expect(await newestAudit()).toMatchObject({
      action: 'SESSION_OPEN',
      actor: 'owner',
      outcome: 'OK',
      environmentId: null,
      ip: expect.stringContaining('127.0.0.1'),
    })
  })

  test('an API key opens one that can do what the key can, in its environment', async () => {
    const key = await addApiKey(api.db, { environment: 'testing', scopes: ['SYNCS_READ'] })
    const browser = await openBrowser(api.url, ` ${key.token}\n`)
    expect((await askAs(browser, processes[1] ?? '')).status).toBe(401) // another origin
    expect((await askAs(browser, api.url)).data.viewer).toEqual({
      kind: 'API_KEY',
      scopes: ['SYNCS_READ'],
      environment: { name: 'testing' },
    })
    const named = (name: string) => askAs(browser, api.url, undefined, { 'x-syncline-environment': name })
    expect([(await named('testing')).status, (await named('production')).status]).toEqual([200, 401])
    expect((await askAs(browser, api.url, '{ connections { totalCount } }')).code).toBe('FORBIDDEN')
    const environment = await environmentOf(api.db, 'testing')
    expect(await newestAudit()).toMatchObject({ action: 'SESSION_OPEN', actor: key.id, environmentId: environment.id })
  })

  test('whatever else is refused with words, noted, and opens nothing', async () => {
    const before = await sessions()
    const revoked = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    await api.db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [revoked.id])
    const given: [string, string][] = [
      ['an unknown key', issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token],
      ['a revoked key', revoked.token],
      ['an expired key', (await addApiKey(api.db, { scopes: [], expiresAt: new Date(Date.now() - 1) })).token],
      ['a connection token', (await addConnection(api.db)).token],
      ['two words', `${ownerKey} ${ownerKey}`],
    ]
    for (const [what, key] of given) {
      const noted = await sessionsNoted()
      const response = await signIn(api.url, { key })
      const { message } = (await response.json()) as { message: string }
      expect({ what, status: response.status, cookies: response.headers.getSetCookie() }).toEqual({
        what,
        status: 401,
        cookies: [],
      })
      expect(message).toMatch(/^(The credential|This key|A connection token) .+\.$/)
      expect(await sessionsNoted()).toBe(noted + 1)
      expect(await newestAudit()).toMatchObject({
        action: 'SESSION_OPEN',
        actor: 'nobody',
        outcome: 'UNAUTHENTICATED',
        environmentId: null,
        target: null,
      })
    }
    expect(await sessions()).toEqual(before)
  })

  test('only a small JSON object with a key is taken, and no other method', async () => {
    const json = { 'content-type': 'application/json' }
    const wrong: [number, RequestInit][] = [
      [405, { method: 'GET' }],
      [405, { method: 'PUT', headers: json, body: '{}' }],
      [405, { method: 'OPTIONS' }],
      [415, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ key: ownerKey }) }],
      [415, { method: 'POST', body: new URLSearchParams({ key: ownerKey }) }],
      ...['', '{', 'null', '[]', '{"key":1}', '{"key":" "}', '{"toString":"x"}', JSON.stringify({ KEY: ownerKey })].map(
        (body): [number, RequestInit] => [400, { method: 'POST', headers: json, body }],
      ),
      [413, { method: 'POST', headers: json, body: JSON.stringify({ key: 'x'.repeat(5_000) }) }],
    ]
    for (const [status, init] of wrong) {
      const response = await fetch(new URL('/session', api.url), init)
      expect({ init, status: response.status, cookies: response.headers.getSetCookie() }).toEqual({
        init,
        status,
        cookies: [],
      })
    }
  })

  test('a page of another site signs nobody in or out', async () => {
    const { secret } = await openBrowser(api.url, ownerKey)
    const foreign = { origin: 'https://evil.example', cookie: `syncline_session=${secret}` }
    for (const headers of [
      foreign,
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'null' },
    ]) {
      expect((await signIn(api.url, { key: ownerKey }, headers)).status).toBe(403)
    }
    const out = await fetch(new URL('/session', api.url), { method: 'DELETE', headers: foreign })
    expect(out.status).toBe(403)
    expect((await askAs({ headers: { ...foreign, origin: new URL(api.url).origin } }, api.url)).status).toBe(200)
  })

  test('nothing that is kept holds the secret or the key', async () => {
    const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    const { secret } = await openBrowser(api.url, token)
    await signIn(api.url, { key: `${token}x` })
    const { rows } = await api.db.pool.query<{ row: string }>(
      'SELECT t::text AS row FROM audit_entry t UNION ALL SELECT t::text FROM browser_session t UNION ALL SELECT t::text FROM api_key_secret t',
    )
    const kept = logged.join('') + rows.map(({ row }) => row).join('\n')
    expect(kept).toContain(createHash('sha256').update(secret).digest('hex'))
    for (const one of [secret, token.slice(12, -4), ownerKey]) expect(kept).not.toContain(one)
  })
})

/** In each process a socket on which nothing runs, one with a subscription, and a stream over SSE. */
async function openEverywhere(browserOf: (url: string) => Browser, connectionId: string) {
  const variables = { id: connectionNode(connectionId), after: '0' }
  return Promise.all(
    processes.map(async (url) => {
      const { headers } = browserOf(url)
      const idle = openSocket(url.replace('http', 'ws'), { token: null, headers })
      const busy = openSocket(url.replace('http', 'ws'), { token: null, headers })
      open.push(idle, busy)
      const { received } = busy.subscribe(connectionQuery, variables)
      const sse = await openStream(url, connectionQuery, variables, { token: null, headers })
      await Promise.all([idle.acknowledged, received.count(1), sse.received.count(1)])
      return { idle, busy, received, sse }
    }),
  )
}

/** Behind one address, whichever process answers: the cookie goes to all of them. */
const shown =
  ({ headers }: Browser) =>
  (url: string): Browser => ({ headers: { ...headers, origin: new URL(url).origin }, secret: '', setCookie: '' })

const mutate = async (field: string, input: object) => {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`
  const { data, errors } = await api.ask(`mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`, {
    variables: { input },
  })
  expect({ errors, type: data[field].__typename }).toEqual({ errors: [], type: expect.stringMatching(/Payload$/) })
}

const aged =
  (column: string, interval: string) =>
  (_: string, { secret }: Browser) =>
    api.db.pool.query(`UPDATE browser_session SET ${column} = now() - $1::interval WHERE hash = $2`, [
      interval,
      createHash('sha256').update(secret).digest(),
    ])

describe('in every process a session ends with all that is open under it', () => {
  test.each<{ what: string; by?: 'owner'; code: number; end: (keyId: string, browser: Browser) => Promise<unknown> }>([
    {
      what: 'signing out',
      code: 4401,
      async end(_, browser) {
        const out = await fetch(new URL('/session', api.url), { method: 'DELETE', headers: browser.headers })
        expect([out.status, out.headers.getSetCookie()]).toEqual([
          204,
          ['syncline_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'],
        ])
      },
    },
    {
      what: 'the revocation of its key',
      code: 4401,
      end: (id) => mutate('revokeApiKey', { id: nodeId('ApiKey', id) }),
    },
    { what: 'the rotation of its key', code: 4403, end: (id) => mutate('rotateApiKey', { id: nodeId('ApiKey', id) }) },
    {
      what: 'the expiry of its key',
      code: 4403,
      end: (id) => api.db.pool.query(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]),
    },
    { what: 'its age', code: 4403, end: aged('expires_at', '0') },
    { what: 'an hour without use', code: 4403, end: aged('last_used_at', '61 minutes') },
    {
      what: 'another owner key',
      by: 'owner',
      code: 4401,
      async end() {
        await ensureOwnerKey(api.db, { given: `${ownerKey}-another` })
        // the first one again: what it had opened before stays closed
        await ensureOwnerKey(api.db, { given: ownerKey })
      },
    },
  ])('by $what', async ({ by, code, end }) => {
    const { id: connectionId } = await addConnection(api.db)
    const key = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
    const other = await openBrowser(api.url, (await addApiKey(api.db, { scopes: [] })).token)
    const browser = await openBrowser(api.url, by === 'owner' ? ownerKey : key.token)
    const everywhere = await openEverywhere(shown(browser), connectionId)
    await end(key.id, browser)
    const asked = await Promise.all(processes.map((url) => askAs(shown(browser)(url), url)))
    const closed = await Promise.all(everywhere.flatMap(({ idle, busy }) => [idle.close, busy.close]))
    await Promise.all(everywhere.map(({ sse }) => sse.received.ended))
    expect(asked.map(({ status, code: said }) => [status, said])).toEqual(processes.map(() => [401, 'UNAUTHENTICATED']))
    expect(closed.map((one) => one.code)).toEqual([code, code, code, code])
    for (const { received, sse } of everywhere) {
      expect(sse.received.errors.map((error) => error.extensions.code)).toEqual(['UNAUTHENTICATED'])
      for (const { sequences } of [received, sse.received]) expect(sequences).toEqual([1])
    }
    expect((await askAs(other, api.url)).status).toBe(200)
  })

  test('signing out twice, or without a session, changes nothing; the first is noted', async () => {
    const key = await addApiKey(api.db, { scopes: [] })
    const { headers } = await openBrowser(api.url, key.token)
    const out = (given: Record<string, string>) =>
      fetch(new URL('/session', api.url), { method: 'DELETE', headers: given }).then(({ status }) => status)
    const before = await sessionsNoted()
    expect(await Promise.all([out(headers), out({}), out({ cookie: 'syncline_session=nonsense' })])).toEqual([
      204, 204, 204,
    ])
    expect(await out(headers)).toBe(204)
    expect(await sessionsNoted()).toBe(before + 1)
    expect(await newestAudit()).toMatchObject({ action: 'SESSION_END', actor: key.id, outcome: 'OK' })
  })
})

test('no session outlives the owner key, however closely its opening and the replacement meet', async () => {
  const other = `${ownerKey}-other`
  try {
    for (let round = 0; round < 10; round++) {
      const opening = Array.from({ length: 6 }, () => signIn(api.url, { key: ownerKey }))
      const [answers] = await Promise.all([Promise.all(opening), ensureOwnerKey(api.db, { given: other })])
      const origin = new URL(api.url).origin
      for (const answer of answers) {
        expect([204, 401]).toContain(answer.status)
        const [cookie = 'syncline_session=none'] = answer.headers.getSetCookie()
        expect((await askAs({ headers: { cookie: cookie.split(';', 1)[0] ?? '', origin } }, api.url)).status).toBe(401)
      }
      await ensureOwnerKey(api.db, { given: ownerKey })
    }
  } finally {
    await ensureOwnerKey(api.db, { given: ownerKey })
  }
})

test('use keeps a session open, to the minute; what is too old is forgotten when the next one is opened', async () => {
  const browser = await openBrowser(api.url, ownerKey)
  await aged('last_used_at', '59 minutes')('', browser)
  expect((await askAs(browser, api.url)).status).toBe(200)
  const hash = createHash('sha256').update(browser.secret).digest()
  await expect
    .poll(
      async () => {
        const { lastUsedAt } = await api.db.prisma.browserSession.findUniqueOrThrow({ where: { hash } })
        return Date.now() - lastUsedAt.getTime()
      },
      { timeout: 30_000 },
    )
    .toBeLessThan(60_000)
  await aged('expires_at', '0')('', browser)
  await openBrowser(api.url, ownerKey)
  expect(await api.db.prisma.browserSession.findUnique({ where: { hash } })).toBeNull()
})

test('signing in again ends the session whose cookie came along; signing out everywhere ends all of the same key, and no other', async () => {
  const key = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const works = async (browser: Browser) => (await askAs(browser, api.url)).status === 200
  const out = (browser: Browser, query: string) =>
    fetch(new URL(`/session${query}`, api.url), { method: 'DELETE', headers: browser.headers })
  for (const opener of [key.token, ownerKey]) {
    const other = await openBrowser(api.url, opener === ownerKey ? key.token : ownerKey)
    const [first, elsewhere] = await Promise.all([openBrowser(api.url, opener), openBrowser(api.url, opener)])
    const again = await signIn(api.url, { key: opener }, first.headers)
    const [setCookie = ''] = again.headers.getSetCookie()
    const second = { ...first, headers: { ...first.headers, cookie: setCookie.split(';', 1)[0] ?? '' } }
    expect(await Promise.all([first, second, elsewhere, other].map(works))).toEqual([false, true, true, true])
    // one that has ended ends nothing
    expect((await out(first, '?all')).status).toBe(204)
    expect(await works(elsewhere)).toBe(true)
    expect((await out(second, '?all')).status).toBe(204)
    expect(await Promise.all([second, elsewhere, other].map(works))).toEqual([false, false, true])
    expect(await newestAudit()).toMatchObject({
      action: 'SESSION_END_ALL',
      actor: opener === ownerKey ? 'owner' : key.id,
      outcome: 'OK',
    })
  }
})

test('where a request carries two cookies of the name neither counts', async () => {
  const { headers, secret } = await openBrowser(api.url, ownerKey)
  for (const other of [secret, 'planted', '']) {
    const cookie = `syncline_session=${other}; ${headers.cookie}`
    expect((await askAs({ headers: { ...headers, cookie } }, api.url)).status).toBe(401)
  }
})

test('where there is an authorization the cookie counts for nothing, and nobody asks where the request comes from', async () => {
  const key = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const browser = await openBrowser(api.url, ownerKey)
  const { data } = await askAs(browser, api.url, undefined, { authorization: `Bearer ${key.token}` })
  expect(data.viewer.kind).toBe('API_KEY')
  const foreign = { ...browser.headers, origin: 'https://evil.example', authorization: `Bearer ${key.token}` }
  expect((await askAs({ headers: foreign }, api.url)).status).toBe(200)
  expect((await askAs(browser, api.url, undefined, { authorization: 'Bearer nonsense' })).status).toBe(401)
})
