import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authenticate, createAuthenticator } from '../../src/auth/authenticate.ts'
import { AuthenticationError } from '../../src/auth/errors.ts'
import { ensureOwnerKey } from '../../src/auth/owner-key.ts'
import { issueToken } from '../../src/auth/token.ts'
import { StartError } from '../../src/config.ts'
import { disconnect } from '../../src/store/connection-disconnect.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { freshDatabase } from '../database.ts'
import { countedPool } from '../events/counted-pool.ts'
import { eventually } from '../eventually.ts'
import { addApiKey, addConnection, environmentOf } from '../graphql/rows.ts'

let db: Database
let authenticate: Authenticate

beforeAll(async () => {
  db = openDatabase({ url: await freshDatabase(), applicationName: 'test', max: 5, onError: () => {} })
  authenticate = createAuthenticator({ pool: db.pool, onError: () => {} })
})
afterAll(() => db.close())

const present = (token: string | null, environment: string | null = null) =>
  authenticate({ authorization: token === null ? null : `Bearer ${token}`, environment, ip: '127.0.0.1' })

const failureOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'LET IN',
    (error: unknown) => (error instanceof AuthenticationError ? error.failure : error),
  )

describe('the owner key', () => {
  test('without one given or stored a start is refused, in a message that names the variable', async () => {
    await expect(ensureOwnerKey(db, {})).rejects.toThrow(StartError)
    await expect(ensureOwnerKey(db, {})).rejects.toThrow(/SYNCLINE_OWNER_KEY/)
  })

  test('it is kept as a hash, a change replaces it and is audited once', async () => {
    const first = 'any form of 32 characters or more!'.replaceAll(' ', '-')
    const second = issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token // also one that looks like a token
    await ensureOwnerKey(db, { given: first })
    await ensureOwnerKey(db, { given: first })
    await ensureOwnerKey(db, {})
    expect((await present(first)).caller).toMatchObject({
      kind: 'OWNER',
      id: 'owner',
      connectionId: null,
      ip: '127.0.0.1',
    })
    await Promise.all([1, 2, 3].map(() => ensureOwnerKey(db, { given: second })))
    expect(await failureOf(present(first))).toBe('INVALID')
    expect((await present(second, 'testing')).caller.environmentId).toBe((await environmentOf(db, 'testing')).id)
    expect(await db.prisma.auditEntry.count({ where: { action: 'OWNER_KEY_REPLACED' } })).toBe(1)
    expect(JSON.stringify(await db.prisma.ownerKey.findMany())).not.toContain(second)
  })
})

describe('keys and tokens', () => {
  test('what is missing, unknown, revoked, expired or of another environment is told apart', async () => {
    expect(await failureOf(present(null))).toBe('MISSING')
    expect(await failureOf(authenticate({ authorization: 'Basic abc', environment: null, ip: null }))).toBe('MISSING')
    expect(await failureOf(present('wrong'))).toBe('INVALID')
    expect(await failureOf(present(issueToken({ environmentKind: 'PRODUCTION', of: 'API_KEY' }).token))).toBe('INVALID')
    const key = await addApiKey(db, { scopes: ['RECORDS_READ'] })
    expect(await failureOf(present(key.token, 'production'))).toBe('LET IN')
    expect(await failureOf(present(key.token, 'testing'))).toBe('ENVIRONMENT')
    const late = await addApiKey(db, { scopes: ['RECORDS_READ'], expiresAt: new Date(Date.now() - 1) })
    expect(await failureOf(present(late.token))).toBe('EXPIRED')
    await db.prisma.apiKey.update({ where: { id: key.id }, data: { revokedAt: new Date() } })
    expect(await failureOf(present(key.token))).toBe('REVOKED')
  })

  test('a session confirms itself against the database each time', async () => {
    const connection = await addConnection(db)
    const session = await present(connection.token)
    expect(session.caller).toMatchObject({ kind: 'CONNECTION_TOKEN', connectionId: connection.id })
    await session.confirm()
    const environment = await environmentOf(db, 'production')
    await disconnect(db, { connectionId: connection.id, environmentId: environment.id, actor: 'owner', ip: null })
    expect(await failureOf(session.confirm())).toBe('DISCONNECTED')
    expect(await failureOf(present(connection.token))).toBe('DISCONNECTED')
  })

  test('use is noted, at most once a minute', async () => {
    const key = await addApiKey(db, { scopes: ['RECORDS_READ'] })
    const lastUsed = async () => (await db.prisma.apiKey.findUniqueOrThrow({ where: { id: key.id } })).lastUsedAt
    await present(key.token)
    const first = await eventually('the use to be noted', lastUsed)
    await present(key.token)
    await present(key.token)
    expect(await lastUsed()).toEqual(first)
    const earlier = new Date(Date.now() - 61_000)
    await db.prisma.apiKey.update({ where: { id: key.id }, data: { lastUsedAt: earlier } })
    await present(key.token)
    await eventually('the next use to be noted', async () => ((await lastUsed())?.getTime() ?? 0) > earlier.getTime())
  })
})

test('many credentials that are confirmed together cost one statement, in which each is told apart', async () => {
  const counted = countedPool(db.pool)
  const letIn = createAuthenticator({ pool: counted.pool, onError: () => {} })
  const bearer = (token: string) => letIn({ authorization: `Bearer ${token}`, environment: null, ip: null })
  const keys = await Promise.all([1, 2, 3, 4].map(() => addApiKey(db, { scopes: ['SYNCS_READ'] })))
  const connections = await Promise.all([1, 2, 3].map(() => addConnection(db)))
  const sessions = await Promise.all([...keys, ...connections].map(({ token }) => bearer(token)))
  await eventually('their use to be noted', async () => {
    const { rows } = await db.pool.query<{ unused: number }>(
      `SELECT count(*) FILTER (WHERE last_used_at IS NULL)::int AS unused FROM (
         SELECT id, last_used_at FROM api_key UNION ALL SELECT id, last_used_at FROM connection_token) AS every
       WHERE id IN (SELECT id FROM api_key WHERE id = ANY($1)) OR id IN (SELECT id FROM connection_token WHERE connection_id = ANY($2))`,
      [keys.map(({ id }) => id), connections.map(({ id }) => id)],
    )
    return rows[0]?.unused === 0
  })
  const before = counted.texts.length
  await Promise.all([...sessions, ...sessions].map((session) => session.confirm()))
  expect(counted.texts.length - before).toBe(1)

  await db.pool.query('UPDATE api_key SET revoked_at = now() WHERE id = $1', [keys[0]?.id])
  await db.pool.query(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [keys[1]?.id])
  await db.pool.query('UPDATE connection_token SET revoked_at = now() WHERE connection_id = $1', [connections[0]?.id])
  const { environmentId } = sessions[0]?.caller ?? { environmentId: '' }
  await disconnect(db, { connectionId: connections[1]?.id ?? '', environmentId, actor: 'owner', ip: null })
  expect(await Promise.all(sessions.map((session) => failureOf(session.confirm())))).toEqual([
    'REVOKED',
    'EXPIRED',
    'LET IN',
    'LET IN',
    'REVOKED',
    'DISCONNECTED',
    'LET IN',
  ])
})

test('many whose use has to be noted are confirmed in one statement too, and noted in one of each kind', async () => {
  const counted = countedPool(db.pool)
  const letIn = createAuthenticator({ pool: counted.pool, onError: () => {} })
  const keys = await Promise.all([1, 2, 3].map(() => addApiKey(db, { scopes: ['SYNCS_READ'] })))
  const connections = await Promise.all([1, 2, 3].map(() => addConnection(db)))
  const sessions = await Promise.all(
    [...keys, ...connections].map(({ token }) =>
      letIn({ authorization: `Bearer ${token}`, environment: null, ip: null }),
    ),
  )
  const unnoted = async (since: string) => {
    const { rows } = await db.pool.query<{ unnoted: number }>(
      `SELECT count(*)::int AS unnoted FROM (
         SELECT last_used_at FROM api_key WHERE id = ANY($1)
         UNION ALL SELECT last_used_at FROM connection_token WHERE connection_id = ANY($2)) AS every
       WHERE last_used_at IS NULL OR last_used_at < now() - $3::interval`,
      [keys.map(({ id }) => id), connections.map(({ id }) => id), since],
    )
    return rows[0]?.unnoted
  }
  await eventually('their use to be noted', async () => (await unnoted('1 hour')) === 0)
  await db.pool.query(`UPDATE api_key SET last_used_at = now() - interval '2 minutes'`)
  await db.pool.query(`UPDATE connection_token SET last_used_at = now() - interval '2 minutes'`)
  const before = counted.texts.length
  await Promise.all(sessions.map((session) => session.confirm()))
  expect(counted.texts.length - before).toBe(3)
  await eventually('their use to be noted again', async () => (await unnoted('1 minute')) === 0)
})
