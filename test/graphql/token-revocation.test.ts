import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureOwnerKey } from '../../src/auth/owner-key.ts'
import { issueToken } from '../../src/auth/token.ts'
import { createLogger } from '../../src/log.ts'
import { createKeyOperations } from '../../src/operations/keys.ts'
import { connectionNode, ownerKey, startTestApi, type TestApi } from './api.ts'
import { addApiKey, addConnection, environmentOf } from './rows.ts'

let api: TestApi
const logged: string[] = []
const log = createLogger({ level: 'debug', destination: { write: (line) => void logged.push(line) } })

beforeAll(async () => {
  api = await startTestApi({ log })
})
afterAll(() => api.stop())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits where the rate limit says so, as a client should. */
async function send(
  init: RequestInit & { duplex?: 'half' },
): Promise<{ status: number; text: string; headers: Headers }> {
  for (;;) {
    const response = await fetch(new URL('/tokens/revoke', api.url), { method: 'POST', ...init })
    const answer = { status: response.status, text: await response.text(), headers: response.headers }
    if (answer.status !== 429) return answer
    await pause(Number(answer.headers.get('retry-after')) * 1_000)
  }
}
const json = (body: unknown) => send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const form = (token: string) => send({ body: new URLSearchParams({ token }) })

const works = async (token: string) => (await api.ask('{ viewer { kind } }', { token })).status === 200
const audits = (target: string) =>
  api.db.prisma.auditEntry.findMany({
    where: { target },
    select: { action: true, actor: true, outcome: true, ip: true },
  })
const revocations = () => api.db.prisma.auditEntry.count({ where: { action: 'TOKEN_REVOKE_BY_HOLDER' } })
const byHolder = { action: 'TOKEN_REVOKE_BY_HOLDER', outcome: 'OK', ip: expect.stringContaining('127.0.0.1') }

test('whoever holds a token kills it, with JSON or a form, and nothing else of the installation', async () => {
  const connection = await addConnection(api.db)
  const other = await addConnection(api.db)
  const key = await addApiKey(api.db, { environment: 'testing', scopes: ['SYNCS_READ'] })
  expect((await json({ token: connection.token })).status).toBe(200)
  expect((await form(`${key.token}\r\n`)).status).toBe(200)
  expect(await Promise.all([connection.token, key.token, other.token].map(works))).toEqual([false, false, true])
  const row = await api.db.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } })
  expect(row.revokedAt).not.toBeNull()
  const token = await api.db.prisma.connectionToken.findFirstOrThrow({ where: { connectionId: connection.id } })
  expect(await audits(connection.id)).toEqual([{ ...byHolder, actor: token.id }])
  expect(await audits(key.id)).toEqual([{ ...byHolder, actor: key.id }])
  const events = await api.db.prisma.event.findMany({ where: { connectionId: connection.id } })
  expect(events.map(({ type }) => type)).toEqual(['CONNECTION_CREATED', 'TOKEN_REVOKED'])
  const { data } = await api.ask('query ($id: ID!) { connection(id: $id) { status token { prefix } } }', {
    variables: { id: connectionNode(connection.id) },
  })
  expect(data.connection).toEqual({ status: 'ACTIVE', token: null })
})

test('it kills the one secret that leaked: what overlaps with it works on', async () => {
  const keys = createKeyOperations({ db: api.db, log })
  const { id: environmentId } = await environmentOf(api.db, 'production')
  const owner = {
    kind: 'OWNER',
    id: 'owner',
    environmentId,
    scopes: new Set<never>(),
    connectionId: null,
    ip: null,
  } as const
  const key = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const rotated = await keys.rotateApiKey(owner, { apiKeyId: key.id, overlap: 'P1D' })
  await json({ token: rotated.key })
  expect([await works(key.token), await works(rotated.key ?? '')]).toEqual([true, false])
  expect((await api.db.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } })).revokedAt).toBeNull()
  const again = await keys.rotateApiKey(owner, { apiKeyId: key.id, overlap: 'P1D' })
  await json({ token: key.token })
  expect([await works(key.token), await works(again.key ?? '')]).toEqual([false, true])
  // the last one takes the key with it
  await json({ token: again.key })
  expect((await api.db.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } })).revokedAt).not.toBeNull()
})

test('the answer is the same whatever the token, and a second time nothing is noted', async () => {
  const live = await addConnection(api.db)
  const revoked = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  await json({ token: revoked.token })
  const before = await revocations()
  const expired = await addApiKey(api.db, { scopes: ['SYNCS_READ'], expiresAt: new Date(Date.now() - 1) })
  const unknown = issueToken({ environmentKind: 'PRODUCTION', of: 'CONNECTION' }).token
  const given = [
    unknown,
    revoked.token,
    expired.token,
    ownerKey,
    `${unknown.slice(0, -1)}_`,
    '',
    'x'.repeat(3_000),
    '\0',
    live.token,
    live.token,
  ]
  const answers = []
  for (const token of given) {
    const { status, text, headers } = await json({ token })
    answers.push(JSON.stringify([status, text, headers.get('content-type'), headers.get('cache-control')]))
  }
  expect(new Set(answers).size).toBe(1)
  expect(await revocations()).toBe(before + 1 + 1) // the live one, and the expired key's last secret
})

test('the owner key is never revoked, not even one that looks like a token', async () => {
  const tokenLike = issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token
  for (const key of [ownerKey, tokenLike]) {
    await ensureOwnerKey(api.db, { given: key })
    await json({ token: key })
    await form(key)
    expect(await works(key)).toBe(true)
  }
  await ensureOwnerKey(api.db, { given: ownerKey })
})

test('anything but a small JSON or form with a token, by POST, is refused', async () => {
  const type = { 'content-type': 'application/json' }
  const wrong: [number, Parameters<typeof send>[0]][] = [
    [405, { method: 'GET' }],
    [405, { method: 'OPTIONS' }],
    [405, { method: 'DELETE' }],
    [415, { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    [400, { headers: type, body: '{' }],
    [400, { headers: type, body: '[]' }],
    [400, { headers: type, body: 'null' }],
    [400, { headers: type, body: '{"token":1}' }],
    [400, { body: new URLSearchParams({ key: 'x' }) }],
    [413, { headers: type, body: JSON.stringify({ token: 'x'.repeat(5_000) }) }],
    [413, { headers: type, body: JSON.stringify({ token: 'x'.repeat(5_000_000) }) }],
  ]
  for (const [status, init] of wrong) {
    const answer = await send(init)
    expect({ init, status: answer.status }).toEqual({ init, status })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('an address has so many attempts at once, and is told how long to wait', async () => {
  const began = performance.now()
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const response = await fetch(new URL('/tokens/revoke', api.url), {
        method: 'POST',
        body: new URLSearchParams({ token: 'x' }),
      })
      return [response.status, Number(response.headers.get('retry-after'))] as const
    }),
  )
  const earned = Math.ceil((performance.now() - began) / 1_000)
  expect(statuses.filter(([status]) => status === 200).length).toBeLessThanOrEqual(20 + earned)
  const refused = statuses.filter(([status]) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(20 - earned)
  for (const [, wait] of refused) expect(wait).toBeGreaterThanOrEqual(1)
  expect((await fetch(new URL('/healthz', api.url))).status).toBe(200)
})

test('neither the log nor the database ever holds a token', async () => {
  const { token } = await addApiKey(api.db, { scopes: ['SYNCS_READ'] })
  const unknown = issueToken({ environmentKind: 'TESTING', of: 'API_KEY' }).token
  await json({ token })
  await json({ token: unknown })
  const { rows } = await api.db.pool.query<{ row: string }>(
    'SELECT t::text AS row FROM audit_entry t UNION ALL SELECT t::text FROM event t UNION ALL SELECT t::text FROM api_key t',
  )
  const kept = logged.join('') + rows.map(({ row }) => row).join('\n')
  expect(logged.join('')).toContain('it may have leaked')
  for (const secret of [token, unknown]) expect(kept).not.toContain(secret.slice(12, -4))
})
